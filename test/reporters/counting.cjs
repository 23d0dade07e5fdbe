// Mocha's spec reporter, which also writes `passed failed` to the file that BYTELINE_COUNTS names, for test/run.sh.
const { writeFileSync } = require('node:fs');
const { Spec } = require('mocha').reporters;

module.exports = class Counting extends Spec {
  constructor(runner, options) {
    super(runner, options);
    const file = process.env.BYTELINE_COUNTS;
    delete process.env.BYTELINE_COUNTS; // a mocha that a test starts is not counted
    if (file) runner.once('end', () => writeFileSync(file, `${this.stats.passes} ${this.stats.failures}\n`));
  }
};
