/** Import actions as language servers title them. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { importOf, onlyImport } from '../../extension/nextEdit/importActions.ts';

const shown = (title: string, name: string, kind = 'quickfix') => importOf({ title, kind }, name)?.shown;

describe('import actions', () => {
  it("are read from TypeScript's titles", () => {
    for (const title of [
      'Add import from "react"',
      'Update import from "react"',
      'Import \'useState\' from module "react"',
      'Import \'useState\' from "react"',
      'Add \'useState\' to existing import declaration from "react"',
    ])
      assert.equal(shown(title, 'useState'), "useState from 'react'", title);
  });
  it('are read in every language that TypeScript speaks', () => {
    const lib = dirname(createRequire(import.meta.url).resolve('typescript'));
    const languages = readdirSync(lib).filter((name) => /^[a-z]{2}(-[a-z]{2})?$/.test(name));
    assert.ok(languages.length > 10);
    for (const language of languages) {
      const messages: Record<string, string> = JSON.parse(
        readFileSync(join(lib, language, 'diagnosticMessages.generated.json'), 'utf8'),
      );
      for (const key of ['Add_import_from_0_90057', 'Update_import_from_0_90058']) {
        const title = messages[key].replace('{0}', './ab/c');
        assert.equal(shown(title, 'useState'), "useState from './ab/c'", `${language}: ${title}`);
      }
    }
  });
  it('are read from those of other servers', () => {
    const titles: [title: string, name: string, shown: string][] = [
      ['Add "from collections import OrderedDict"', 'OrderedDict', 'OrderedDict from collections'],
      ['Add "from .shelf import Shelf as Rack"', 'Rack', 'Shelf as Rack from .shelf'],
      ['Add "import numpy as np"', 'np', 'numpy as np'],
      ['Add "import os.path"', 'os', 'os.path'],
      ['Import `std::collections::HashMap`', 'HashMap', 'HashMap from std::collections'],
      ['Import `std::fmt::Write as _`', 'write_str', 'Write as _ from std::fmt'],
      ['Add import:  "net/http"', 'http', 'net/http'],
      ['Add import: rand "math/rand/v2"', 'rand', 'math/rand/v2 as rand'],
      ["Import 'List' (java.util)", 'List', 'List from java.util'],
      ["Import 'Future' from package 'scala.concurrent'", 'Future', 'Future from scala.concurrent'],
      ["Import library 'dart:async'", 'Future', 'dart:async'],
      ['Include <vector> for symbol std::vector', 'vector', '<vector>'],
      ['Add include "shelf.h" for symbol Shelf', 'Shelf', '"shelf.h"'],
      ['using System.Linq;', 'Enumerable', 'System.Linq'],
    ];
    for (const [title, name, says] of titles) assert.equal(shown(title, name), says, title);
  });
  it('are nothing else, and nothing that does more', () => {
    for (const title of [
      'Add all missing imports',
      'Organize imports',
      'Remove import from "react"',
      'Delete import:  "fmt"',
      'Rename import: x "fmt"',
      "Change spelling to 'useStat'",
      "Add missing function declaration 'useState'",
      'Qualify as `std::collections::HashMap`',
      "Import library 'dart:async' with prefix 'a'",
      'Add "# type: ignore"',
      'Install missing dependency "react"',
    ])
      assert.equal(shown(title, 'useState'), undefined, title);
    assert.equal(shown('Add import from "react"', 'useState', 'source.organizeImports'), undefined);
    assert.equal(shown('Add import from "react"', 'useState', 'quickfixes'), undefined);
  });
  it('are taken where there is one, or one module with one that is preferred', () => {
    const quick = (title: string, isPreferred = false) => ({ title, kind: 'quickfix', isPreferred });
    const only = (...actions: ReturnType<typeof quick>[]) => onlyImport(actions, 'x');
    const [spelling, a, b] = ["Change spelling to 'y'", 'Add import from "a"', 'Add import from "b"'];
    assert.deepEqual(only(quick(spelling), quick(a)), { index: 1, shown: "x from 'a'" });
    assert.deepEqual(only(quick(a), quick('Update import from "a"', true)), { index: 1, shown: "x from 'a'" });
    assert.deepEqual(only(quick(spelling)), { reason: 'no import is offered' });
    for (const several of [
      [quick(a), quick(b)],
      [quick(a, true), quick(b)],
      [quick(a, true), quick('Update import from "a"', true)],
      [quick(a), quick('Update import from "a"')],
    ])
      assert.deepEqual(only(...several), { reason: 'more than one import is offered' });
  });
});
