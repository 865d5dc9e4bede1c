// A reporter for Vitest that writes down, as it happens, what its JSON report leaves out: which files
// were to run, which of them began and ended, and what went wrong outside of any test.
import { appendFileSync } from "node:fs";

const file = process.env.AIO_VITEST_RECORD;

function note(event) {
  appendFileSync(file, `${JSON.stringify(event)}\n`);
}

function said(error) {
  const path = error?.VITEST_TEST_PATH ?? "";
  return { message: String(error?.message ?? error), path: String(path) };
}

function over(errors) {
  note({ event: "over", errors: errors.map(said) });
}

export default class Record {
  onTestRunStart(specifications) {
    note({ event: "planned", files: specifications.map((one) => one.moduleId) });
  }

  onTestModuleQueued(module) {
    note({ event: "began", files: [module.moduleId] });
  }

  onTestModuleStart(module) {
    note({ event: "began", files: [module.moduleId] });
  }

  onTestCaseResult() {
    note({ event: "tested" });
  }

  onTestModuleEnd(module) {
    note({ event: "ended", files: [module.moduleId] });
  }

  onTestRunEnd(_modules, errors) {
    over(errors);
  }

  // Before Vitest 3 this is the only one of them that is called.
  onFinished(_files, errors) {
    over(errors ?? []);
  }
}
