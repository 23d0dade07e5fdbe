// Mocha's spec reporter, which also writes for test/run.sh, to the file that BYTELINE_COUNTS names, `passed failed` and
// a line for each test that failed.
const { writeFileSync } = require('node:fs');
const { Spec } = require('mocha').reporters;

module.exports = class Counting extends Spec {
  constructor(runner, options) {
    super(runner, options);
    const file = process.env.BYTELINE_COUNTS;
    delete process.env.BYTELINE_COUNTS; // a mocha that a test starts is not counted
    const failed = [];
    runner.on('fail', (test, error) => failed.push(`${test.fullTitle()}: ${`${error?.message}`.split('\n', 1)[0]}`));
    if (file)
      runner.once('end', () => {
        const { passes, failures } = this.stats;
        writeFileSync(file, [`${passes} ${failures}`, ...failed].map((line) => `${line}\n`).join(''));
      });
  }
};
