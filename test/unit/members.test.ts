import assert from 'node:assert/strict';
import { unknownMember } from '../../server/completion/members.ts';
import { KnownNames } from '../../server/memory/knownNames.ts';
import type { IsUnknownMember } from '../../server/memory/retrieval.ts';

const START = 'const user = load();\nuser.';

/** What a language server said: `user` has two members. */
function membersOfUser(): IsUnknownMember {
  const names = new KnownNames();
  names.set(Buffer.from(START), START.length, ['name'], ['größe']);
  return (...at) => names.lacks(...at);
}

/** What of `made` stands in front of the first unknown member; all of it where there is none. */
function keptOf(made: string, start = START): string {
  const text = Buffer.from(start + made);
  return text.subarray(start.length, unknownMember(text, Buffer.byteLength(start), membersOfUser())).toString();
}

describe('unknown members', () => {
  it('are those that the list of their receiver lacks', () => {
    assert.equal(keptOf('name;'), 'name;');
    assert.equal(keptOf('größe.x;'), 'größe.x;');
    assert.equal(keptOf('nam;'), '');
    assert.equal(keptOf('name + user.age;'), 'name + user.');
    assert.equal(keptOf('name + user?.age', 'x; user.'), 'name + user?.');
  });

  it('are none where no list was given: of another receiver, or of a name that stands alone', () => {
    for (const made of ['name + other.age;', 'name.length;', 'name + age;', 'name; load().age'])
      assert.equal(keptOf(made), made);
  });

  it('may be new where they are assigned to', () => {
    for (const made of ['age = 3;', 'age  = x']) assert.equal(keptOf(made), made);
    for (const made of ['age == 3;', 'age => 3', 'age =', 'age']) assert.equal(keptOf(made), '');
  });

  it('count where they begin before the text that is made', () => {
    const text = Buffer.from(`${START}nam`);
    const at = text.length;
    const all = Buffer.concat([text, Buffer.from('ing;')]);
    assert.equal(unknownMember(all, at, membersOfUser()), START.length);
    assert.equal(unknownMember(Buffer.concat([text, Buffer.from('e;')]), at, membersOfUser()), undefined);
  });
});
