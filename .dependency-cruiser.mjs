// The arrows of the house (`npm run lint`): who may import whom, imports of types included. A room imports the rooms
// below it and itself; a new file at the top of server/ or extension/ must be given a place here.

/** The worker and the command line, highest first. */
const SERVER = [
  ['cli', '^server/cli/', 'the command line ends processes and prints; nothing else may depend on that'],
  ['server', '^server/server\\.ts$', 'it wires everything, so nothing that it wires knows it'],
  [
    'parts',
    '^server/(completing|editing|inlineCompletion|model\\w+|openWorkspace|placement|requests|statusReporter)\\.ts$',
    'the parts of the server stand on the rooms below, which know no request',
  ],
  [
    'workspace',
    '^server/workspaceMemory\\.ts$',
    'it ties the memory to the connection, which the memory does not know',
  ],
  ['documents', '^server/documents/(?!document\\.ts$)', 'open documents feed the memory and the prompt'],
  ['wire', '^server/wire/', 'messages name the types of what answers them; what answers them knows no message'],
  ['completion', '^server/completion/', 'it decodes with the engine and asks the memory'],
  ['edits', '^server/edits/', 'it makes rules of changes; the server looks for files and asks the model for it'],
  ['memory', '^server/memory/', 'it chooses bytes beside the engine, and knows no completion'],
  ['engine', '^server/engine/', 'it runs the model on byte sequences, for whatever purpose'],
  ['prompt', '^server/prompt/', 'text becomes a byte sequence, whoever reads it'],
  [
    'ground',
    '^server/(errors|globs|languages|paths|secrets|serialQueue)\\.ts$|^server/documents/document\\.ts$',
    'any room uses it',
  ],
];

/** The extension, highest first. */
const EXTENSION = [
  ['activation', '^extension/extension\\.ts$', 'it wires everything, so nothing that it wires knows it'],
  [
    'wiring',
    '^extension/(changes|commands|completionSource|workerOptions)\\.ts$',
    'it ties rooms to each other that do not know each other',
  ],
  ['views', '^extension/views/', 'they show what the rooms below say of themselves'],
  ['models', '^extension/models/', 'commands on models go to the worker'],
  ['statistics', '^extension/statistics/', 'they listen to ghost text, which does not know that it is counted'],
  ['nextEdit', '^extension/nextEdit/', 'they are asked for and shown beside ghost text, and told when it is there'],
  ['ghostText', '^extension/ghostText/', 'it asks the worker and obeys the switches'],
  ['names', '^extension/names/', 'they ask language servers and tell whoever wants to know'],
  ['worker', '^extension/worker/', 'the process runs whatever it is asked for'],
  ['switches', '^extension/switches/', 'on and off, by what the editor alone says'],
  ['documents', '^extension/documents\\.ts$', 'it tells which documents count, for all rooms'],
  ['ground', '^extension/(eagerness|keymaps|schemes|settings|translate|timers)\\.ts$', 'any room uses it'],
];

/** All that the extension may import of the server: the messages, and what needs no worker and no editor. */
const NEUTRAL = [
  'wire/protocol', // the messages
  'completion/eagerness', // what the setting of that name may say
  'completion/item', // what an accepted completion leaves of the others
  'errors',
  'globs',
  'secrets',
  'serialQueue',
];

/** A rule for each room but the highest: it imports nothing from above. And one against files without a room. */
function arrows(house, rooms) {
  const upwards = rooms.slice(1).map(([name, path, why], i) => {
    const above = rooms.slice(0, i + 1);
    return {
      name: `${house}: ${name} imports from above`,
      comment: `${why[0].toUpperCase()}${why.slice(1)}. Above it: ${above.map(([room]) => room).join(', ')}.`,
      severity: 'error',
      from: { path },
      to: { path: above.map(([, room]) => room) },
    };
  });
  const roomless = {
    name: `${house}: a file without a room`,
    comment: 'Give it a place in the list of .dependency-cruiser.mjs, or no rule holds its arrows.',
    severity: 'error',
    from: {},
    to: { path: `^${house}/`, pathNot: rooms.map(([, path]) => path) },
  };
  return [...upwards, roomless];
}

const shipped = '^(extension|server)/';

export default {
  forbidden: [
    ...arrows('server', SERVER),
    ...arrows('extension', EXTENSION),
    {
      name: 'the server imports the extension or the editor',
      comment: 'The worker runs under any LSP client, and `byteline` without one.',
      severity: 'error',
      from: { path: '^server/' },
      to: { path: ['^extension/', '^node_modules/@types/vscode/'] },
    },
    {
      name: 'the extension imports the worker',
      comment: 'They are two processes: what the worker knows comes in messages. The exceptions are the list NEUTRAL.',
      severity: 'error',
      from: { path: '^extension/' },
      to: { path: '^server/', pathNot: NEUTRAL.map((file) => `^server/${file}\\.ts$`) },
    },
    {
      name: 'a circle',
      comment: 'Files that import each other are one idea cut in two, or two ideas that are not cut yet.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'what is shipped imports tests',
      comment: 'Tests import everything, nothing imports tests.',
      severity: 'error',
      from: { path: shipped },
      to: { path: '^test/' },
    },
    {
      name: 'an import that leads nowhere',
      comment: 'The file or package is missing.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'a package that package.json does not name',
      comment: 'It is there by chance, through another package.',
      severity: 'error',
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'what is shipped imports a package for development',
      comment: 'The bundle would hold it, and no notice of its licence is looked for. Types alone are erased.',
      severity: 'error',
      from: { path: shipped },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'], pathNot: '^node_modules/@types/' },
    },
  ],
  options: {
    doNotFollow: { path: '^node_modules' },
    exclude: { path: '^test/fixtures/' },
    tsPreCompilationDeps: true, // imports of types count
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
