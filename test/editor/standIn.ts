/**
 * The browser workbench as `code --extensionDevelopmentPath=.. --extensionTestsPath=.. FOLDER`: runs the suite in its
 * extension host, prints the suite's log and ends with its exit code. The code alone proves nothing: a host that dies
 * reports 0.
 */
import { Server } from './server.ts';
import { launch } from './workbench.ts';

const value = (name: string) => process.argv.find((a) => a.startsWith(`--${name}=`))?.slice(name.length + 3);
const [development, tests] = [value('extensionDevelopmentPath'), value('extensionTestsPath')];
const folder = process.argv.slice(2).find((a) => !a.startsWith('-'));
if (!development || !tests || !folder) {
  console.error('usage: code FOLDER --extensionDevelopmentPath=DIR --extensionTestsPath=FILE');
  process.exit(2);
}
const server = await Server.start(folder, {}, { flags: ['--vscode-option', 'enable-smoke-test-driver'] });
const browser = await launch();
const page = await browser.newPage();
const code = new Promise<number>((resolve) => {
  void page.exposeFunction('codeAutomationLog', (type: string, args: unknown[]) => console.log(...(args ?? [type])));
  void page.exposeFunction('codeAutomationExit', (exit: number) => resolve(exit));
});
const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith('BYTELINE_')));
await page.goto(
  server.url(undefined, [
    ['extensionDevelopmentPath', server.remote(development)],
    ['extensionTestsPath', server.remote(tests)],
    ['extensionEnvironment', JSON.stringify(environment)],
  ]),
);
let status = await code;
const died = /Extension Host Process exited with code: (?!0)(\w+)/.exec(server.log('remoteagent.log'));
if (status === 0 && died) {
  console.error(died[0]);
  status = 1;
}
if (status !== 0) console.error(server.log());
await browser.close();
server.stop();
process.exit(status);
