/** Asks the editor's language servers, under a deadline: they are slow now and then, and their trouble is not ours. */
import * as vscode from 'vscode';
import { messageOf } from '../../server/errors.ts';
import { pause } from '../timers.ts';

/** An answer that comes later is none, ms. */
const DEADLINE = 1000;
/** After an answer that took so long, ms, a server is left alone so many times as long. */
const [SLOW, REST] = [500, 10];

export class LanguageServer {
  /** By language: until then, on the clock of `performance`, nothing is asked. */
  private readonly rests = new Map<string, number>();
  /** Of these it has answered: its first answer takes as long as its start. */
  private readonly answered = new Set<string>();

  /** `what` is asked of it, for the log. */
  constructor(
    private readonly what: string,
    private readonly log: (message: string) => void,
    private readonly deadline = DEADLINE,
  ) {}

  /** Runs one of the editor's commands on a document; undefined where there is no answer in time. Never rejects. */
  async ask<T>({ uri, languageId }: vscode.TextDocument, command: string, ...more: unknown[]): Promise<T | undefined> {
    const began = performance.now();
    if (began < (this.rests.get(languageId) ?? 0)) {
      this.log(`the language server was slow, so it is not asked for ${this.what}`);
      return undefined;
    }
    const answer = Promise.resolve(vscode.commands.executeCommand<T>(command, uri, ...more)).then(
      (value) => ({ value }),
      (error: unknown) => {
        // "You cannot rename this element" is one
        this.log(`the language server has no ${this.what}: ${messageOf(error)}`);
        return { value: undefined };
      },
    );
    void answer.then(() => {
      const took = performance.now() - began;
      if (took > SLOW && this.answered.has(languageId)) this.rests.set(languageId, performance.now() + REST * took);
      this.answered.add(languageId);
    });
    const inTime = await Promise.race([answer, pause(this.deadline)]);
    if (!inTime) this.log(`the language server has no ${this.what} after ${this.deadline} ms`);
    return inTime?.value;
  }
}
