/**
 * Offers that hold a name that does not exist, with and without the names of a real language server, in the product's
 * mixture, judged by the same server:
 *
 *     npx tsx test/bench/names.ts MODEL_FOLDER PLACES LANGUAGE 'SERVER COMMAND --stdio' REPOSITORY_FOLDER...
 *
 * PLACES cursors in the files of a language of each repository (cursors.ts), all of it indexed but for the file itself,
 * which has lost the rest of the cursor's line. Names are asked for at the cursor's identifier and at the line's first
 * one. An offer is right if the file goes on with it; another one holds a name that does not exist if the server says
 * so of a place in it. Where it says so of the true line, the place is left out. Examples go to stderr; the server's
 * answers are kept in the folder BYTELINE_ANSWERS, where it is set.
 */
import { cpus } from 'node:os';
import { basename, extname, join } from 'node:path';
import type { Range } from 'vscode-languageserver-protocol';
import { complete } from '../../server/completion/complete.ts';
import { confidenceOf, offerLength } from '../../server/completion/confidence.ts';
import { confidenceFor } from '../../server/completion/eagerness.ts';
import { unknownMember } from '../../server/completion/members.ts';
import { aroundOf, shapeAt } from '../../server/completion/shape.ts';
import { wordEnd } from '../../server/completion/words.ts';
import { Document } from '../../server/documents/document.ts';
import { Cache } from '../../server/engine/cache.ts';
import { Engine } from '../../server/engine/engine.ts';
import { endingOf } from '../../server/languages.ts';
import type { Evidence } from '../../server/memory/evidence.ts';
import { readGate } from '../../server/memory/gate.ts';
import { unitIn } from '../../server/memory/indentation.ts';
import { KnownNames } from '../../server/memory/knownNames.ts';
import { Retrieval } from '../../server/memory/retrieval.ts';
import { TextIndex } from '../../server/memory/textIndex.ts';
import { encode, limitsOf, promptAt } from '../../server/prompt/around.ts';
import { type Cursor, cursorsIn, endOfLine, followsAccess, nameStart, randomFrom } from './cursors.ts';
import { LanguageServer, versionOf } from './languageServer.ts';
import { filesOf } from './sources.ts';

const MAX_BYTES = 128;
/** So many times the places that are wanted are tried: true lines may be wrong by what the server says. */
const TRIES = 4;

const [folder, wanted, language, command, ...repositories] = process.argv.slice(2);
if (!repositories.length)
  throw new Error("usage: names.ts MODEL_FOLDER PLACES LANGUAGE 'SERVER COMMAND --stdio' REPOSITORY_FOLDER...");
const engine = await Engine.load(folder);
const { architecture, manifest } = engine;
const gate = await readGate(engine.folder, manifest);
const [automatic, eager] = (['balanced', 'eager'] as const).map((eagerness) =>
  confidenceFor(manifest.confidence, true, eagerness),
);
if (!gate || !automatic || !eager) throw new Error(`${folder} has no memory or confidence`);
const endings = language === 'typescript' ? ['.ts', '.tsx'] : [`.${endingOf(language)}`];

const SIDES = ['without', 'with'];

/** All that the model says at a place; nothing where it says nothing. */
interface Made {
  bytes: Buffer;
  logps: number[];
  /** Bytes in front of a member that is unknown: what is offered by itself has no more. */
  known: number;
}
const NOTHING: Made = { bytes: Buffer.alloc(0), logps: [], known: 0 };

interface Place {
  repository: string;
  path: string;
  isMember: boolean;
  before: string;
  /** The file from the cursor on, and what stands there without the rest of the line. */
  truth: string;
  after: string;
  /** By side. */
  made: Made[];
  /** CPU that names cost, ms. */
  cpu: number;
  names: number;
  /** Offers that were judged; those that are right have no such name. */
  unknown: Map<string, string[]>;
}

/** Names that count what finding them costs; the model's threads are no part of it. */
class Measured extends KnownNames {
  spent = 0;

  override find(evidence: Evidence): void {
    this.measure(() => super.find(evidence));
  }

  override set(text: Uint8Array, start: number, first: string[], others: string[]): void {
    this.measure(() => super.set(text, start, first, others));
  }

  private measure(work: () => void): void {
    const [began, clock] = [process.cpuUsage(), performance.now()];
    work();
    const { user, system } = process.cpuUsage(began);
    this.spent += Math.min((user + system) / 1000, performance.now() - clock);
  }
}

/** Where names are asked for: at the cursor's identifier, and at the line's first one that is no member. */
function startsOf(before: string): number[] {
  const own = nameStart(before);
  const line = before.lastIndexOf('\n') + 1;
  const first = [...before.slice(line).matchAll(/[\p{L}_$][\p{L}\p{M}\p{N}_$]*/gu)]
    .map(({ index }) => line + index)
    .find((start) => !followsAccess(before, start));
  return [...new Set([first ?? own, own])];
}

const unitsOf = (document: Document, { start, end }: Range) => [document.offsetAt(start), document.offsetAt(end)];

/** Names of `text`, put between `before` and `after`, that do not exist. */
async function unknownIn(server: LanguageServer, { path, before, after }: Place, text: string): Promise<string[]> {
  const document = Document.create(path, language, 0, before + text + after);
  return (await server.unknown(path, document.slice()))
    .map((range) => unitsOf(document, range))
    .filter(([from, to]) => to > before.length && from < before.length + text.length)
    .map(([from, to]) => document.slice(from, to));
}

/** What is made at a cursor without and with names; undefined where the true line is said to be wrong. */
async function placeAt(
  repository: string,
  server: LanguageServer,
  retrieval: Retrieval,
  { file, at, isMember }: Cursor,
): Promise<Place | undefined> {
  const [{ path }, whole] = [file, file.text.toString()];
  const [before, truth, after] = [whole.slice(0, at), whole.slice(at), whole.slice(endOfLine(whole, at))];
  const place: Place = {
    ...{ repository, path, isMember, before, truth, after, cpu: 0, names: 0 },
    ...{ made: SIDES.map(() => NOTHING), unknown: new Map() },
  };
  const wrong = await unknownIn(server, place, truth.slice(0, truth.length - after.length));
  if (wrong.length > 0) return undefined;
  const document = Document.create(path, language, 0, before + after);
  const names = new Measured();
  for (const start of startsOf(before)) {
    const isMemberThere = followsAccess(before, start);
    const position = document.positionAt(start);
    const { first, others } = await server.names(path, document.slice(), position, isMemberThere);
    names.set(encode(before), Buffer.byteLength(before.slice(0, start)), first, others);
    place.names += first.length + others.length;
  }
  const position = document.positionAt(at);
  const [prompt, cache] = [promptAt(document, at, path, limitsOf(architecture, MAX_BYTES)), new Cache(architecture)];
  const around = aroundOf(document, position);
  const own = { path, from: 0, to: Infinity };
  for (const [i, known] of [undefined, names].entries()) {
    const memory = retrieval.predictor(gate!, { own, unit: unitIn(document, position), names: known });
    const made = await complete(engine, cache, prompt, {
      ...around,
      maxBytes: MAX_BYTES,
      multiline: shapeAt(around).multiline,
      detail: true,
      memory,
    });
    if (made.kind !== 'text') continue;
    const [bytes, all] = [Buffer.from(made.text), Buffer.concat([prompt, Buffer.from(made.text)])];
    const unknown = memory.isUnknownMember && unknownMember(all, prompt.length, memory.isUnknownMember);
    const kept = unknown === undefined ? bytes.length : wordEnd(bytes, Math.max(0, unknown - prompt.length));
    place.made[i] = { bytes, logps: made.logps!, known: kept };
  }
  place.cpu = names.spent;
  return place;
}

function serverOf(repository: string): LanguageServer {
  const folder = process.env.BYTELINE_ANSWERS;
  return new LanguageServer(command, language, repository, folder && join(folder, `${basename(repository)}.json`));
}

/** Places of a repository. */
async function placesOf(repository: string): Promise<Place[]> {
  const files = filesOf(repository);
  const index = new TextIndex(files.reduce((n, { text }) => n + text.length, 2 ** 20));
  for (const { path, text } of files) for (const _ of index.put(path, text));
  const retrieval = new Retrieval(() => index);
  const server = serverOf(repository);
  const places: Place[] = [];
  let tries = 0;
  const own = files.filter(({ path }) => endings.includes(extname(path)));
  for (const cursor of cursorsIn(own, randomFrom(1))) {
    if (places.length === Number(wanted) || tries === TRIES * Number(wanted)) break;
    tries++;
    const place = await placeAt(repository, server, retrieval, cursor);
    if (place) places.push(place);
  }
  await server.stop();
  process.stderr.write(`${basename(repository)}: ${places.length} places of ${tries} tried\n`);
  return places;
}

/** What is offered of what was made, from a least confidence on. */
const offerOf = ({ bytes, logps, known }: Made, threshold: number) => {
  const most = threshold > 0 ? bytes.subarray(0, known) : bytes;
  return most.subarray(0, offerLength(most, logps, { ...automatic, threshold })).toString();
};

/** The greatest threshold from which on something is offered. */
const surestOf = ({ bytes, logps, known }: Made): number => {
  let [surest, logprob] = [0, 0];
  for (let k = 1; k <= known; k++) {
    const threshold = confidenceOf(automatic, (logprob += logps[k - 1]), k);
    const length = offerLength(bytes.subarray(0, known), logps, { ...automatic, threshold });
    if (threshold > surest && length > 0) surest = threshold;
  }
  return surest;
};

const isRight = ({ truth }: Place, offer: string) => truth.startsWith(offer);

/** Judges the offers of places. */
async function judge(places: Place[], kinds: Kind[]): Promise<void> {
  for (const repository of repositories) {
    const server = serverOf(repository);
    for (const place of places.filter((one) => one.repository === repository)) {
      const offers = new Set(kinds.map(({ side, threshold }) => offerOf(place.made[side], threshold)));
      for (const offer of offers)
        if (offer !== '' && !isRight(place, offer)) place.unknown.set(offer, await unknownIn(server, place, offer));
    }
    await server.stop();
  }
}

interface Kind {
  name: string;
  /** Of SIDES. */
  side: number;
  threshold: number;
}

/** Without names and with them, each way to offer, and with names as many as without. */
function kindsOf(places: Place[]): Kind[] {
  const standard = { automatic: automatic!.threshold, eager: eager!.threshold, 'by hand': 0 };
  const offered = places.filter(({ made }) => offerOf(made[0], standard.automatic) !== '').length;
  const asMany = (side: number): Kind => {
    const surest = places.map(({ made }) => surestOf(made[side])).sort((a, b) => b - a);
    return { name: 'automatic, as many', side, threshold: surest[Math.max(0, offered - 1)] ?? 0 };
  };
  return [
    ...Object.entries(standard).flatMap(([name, threshold]) =>
      SIDES.map((_, side): Kind => ({ name, side, threshold })),
    ),
    asMany(1),
  ];
}

const percent = (a: number, b: number) => (b === 0 ? '-' : `${((100 * a) / b).toFixed(1)}%`);

function table(title: string, places: Place[], kinds: Kind[]): void {
  console.log(`\n${title}: ${places.length} places\n`);
  console.log('| offers | threshold | names | offered | right of them | right of all | with a name that is none |');
  console.log('|---|---:|---|---:|---:|---:|---:|');
  for (const { name, side, threshold } of kinds) {
    const offers = places.map((place) => ({ place, offer: offerOf(place.made[side], threshold) }));
    const some = offers.filter(({ offer }) => offer !== '');
    const right = some.filter(({ place, offer }) => isRight(place, offer)).length;
    const unknown = some.filter(({ place, offer }) => place.unknown.get(offer)?.length).length;
    const shares = [percent(some.length, places.length), percent(right, some.length), percent(right, places.length)];
    const none = `${percent(unknown, some.length)} (${unknown})`;
    const cells = [name, threshold.toFixed(2), SIDES[side], ...shares, none];
    console.log(`| ${cells.join(' | ')} |`);
  }
}

/** Offers that names changed. */
function examples(places: Place[], kinds: Kind[]): void {
  for (const place of places)
    for (const { name, threshold } of kinds.filter(({ side }) => side === 0)) {
      const [without, withNames] = place.made.map((made) => offerOf(made, threshold));
      if (without === withNames) continue;
      const said = (offer: string) =>
        `${JSON.stringify(offer)}${isRight(place, offer) ? offer && ' right' : ` no ${place.unknown.get(offer)}`}`;
      const line = place.before.slice(place.before.lastIndexOf('\n') + 1).trimStart();
      const truth = JSON.stringify(place.truth.slice(0, endOfLine(place.truth, 0)));
      const where = `${basename(place.repository)}/${place.path}:${place.before.split('\n').length}`;
      process.stderr.write(`${name} ${where}\n  ${line}| ${said(without)} -> ${said(withNames)}; true ${truth}\n`);
    }
}

const places: Place[] = [];
for (const repository of repositories) places.push(...(await placesOf(repository)));
const kinds = kindsOf(places);
await judge(places, kinds);
examples(places, kinds);
const mean = (of: (place: Place) => number) => places.reduce((n, place) => n + of(place), 0) / places.length;
console.log(
  `${manifest.name} ${manifest.version}, ${cpus()[0].model.trim()}, ${new Date().toISOString().slice(0, 10)}, ` +
    `${versionOf(command)}: ${language}, ${repositories.map((path) => basename(path)).join(', ')}. ` +
    `${mean(({ names }) => names).toFixed(0)} names a place, which cost ${mean(({ cpu }) => cpu).toFixed(1)} ms.`,
);
table('All', places, kinds);
table(
  'At members',
  places.filter(({ isMember }) => isMember),
  kinds,
);
await engine.release();
