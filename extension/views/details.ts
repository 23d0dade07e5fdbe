/** The details view's text: what runs, where, why, how fast, and what is indexed. Pure; no editor in here. */
import type { Eagerness } from '../../server/completion/eagerness.ts';
import type { MemoryStatus, ModelInfo, Status } from '../../server/wire/protocol.ts';
import type { Translate } from '../translate.ts';
import { offerLines } from './offerCurve.ts';

/** What the view says. */
export interface DetailsContent {
  version: string;
  status: Status;
  /** Why nothing is offered in the active editor, as the user reads it. */
  off?: string;
  models: ModelInfo[];
  /** Models of languages, by identifier. */
  ofLanguages: Record<string, string>;
  /** How eagerly it offers. */
  eagerness: Eagerness;
  latency?: { first: number; whole: number };
  memory?: MemoryStatus;
  /** What others have to say. */
  more: string[];
}

/** `vscode.l10n`, or what stands in for it. */
interface Translation {
  t: Translate;
}

const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);

/** Sections of `name: value`, which look like YAML and are coloured as such. */
export function detailsText(
  l10n: Translation,
  { version, status, off, models, ofLanguages, eagerness, latency, memory, more }: DetailsContent,
): string {
  const current = models.find((m) => m.current);
  const section = (title: string, lines: (string | false | undefined)[]) => [
    `${title}:`,
    ...lines.filter((line) => line !== false && line !== undefined).map((line) => `  ${line}`),
    '',
  ];
  return [
    ...section(`Byteline ${version}`, [
      l10n.t('State: {0}', status.state),
      status.message !== undefined && l10n.t('Message: {0}', status.message),
      off !== undefined && l10n.t('Paused here: {0}', off),
    ]),
    ...section(
      l10n.t('Model'),
      !current
        ? [l10n.t('None is loaded')]
        : [
            l10n.t('Name: {0} {1}', current.name, current.version),
            l10n.t(
              'File: {0} MB, {1}; size and sha256 were those of model.json when it was loaded',
              megabytes(current.bytes),
              current.precision,
            ),
            l10n.t('Folder: {0}', current.folder),
            ...Object.entries(ofLanguages).map(([language, name]) => l10n.t('For {0}: {1}', language, name)),
            ...models
              .filter((m) => !m.current)
              .map((m) =>
                m.error
                  ? l10n.t('Cannot be used: {0}: {1}', m.name, m.error)
                  : l10n.t('Also there: {0} {1}', m.name, m.version),
              ),
          ],
    ),
    ...(current?.offers
      ? section(
          l10n.t('How eagerly it offers (byteline.eagerness), where code is typed again'),
          offerLines(l10n.t, current.offers, eagerness),
        )
      : []),
    ...section(l10n.t('Device'), [
      status.device && l10n.t('Runs on: {0}', status.device),
      status.threads !== undefined && l10n.t('Threads of a call: {0}', status.threads),
      ...(status.rejected ?? []).map(({ device, reason }) => l10n.t('Not used: {0}: {1}', device, reason ?? '')),
    ]),
    ...section(
      l10n.t('Last completion'),
      latency
        ? [l10n.t('First text: {0} ms', latency.first.toFixed(0)), l10n.t('Whole: {0} ms', latency.whole.toFixed(0))]
        : [l10n.t('None yet')],
    ),
    ...section(
      l10n.t('Workspace memory'),
      memory
        ? [
            l10n.t('Files: {0}', memory.files),
            l10n.t('Text: {0} MB', megabytes(memory.bytes)),
            memory.state === 'indexing' && l10n.t('Indexing goes on'),
            ...Object.entries(memory.skipped).map(([reason, n]) => l10n.t('Left out: {0} ({1})', n, reason)),
          ]
        : [l10n.t('Off')],
    ),
    ...(more.length ? section(l10n.t('Statistics'), more) : []),
  ].join('\n');
}
