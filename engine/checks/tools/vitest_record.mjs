// A reporter for Vitest that writes down, as it happens, what its JSON report leaves out: which files
// were to run, which of them began and ended, and what went wrong outside of any test.
// Where to write, and the key that every line carries, come over standard input, where neither the
// environment nor the command line names them to what is tested.
import { appendFileSync, readFileSync } from "node:fs";

const { file, key } = JSON.parse(readFileSync(0, "utf8"));

function note(event) {
  appendFileSync(file, `${JSON.stringify({ ...event, key })}\n`);
}

function passed(module) {
  return [...module.children.allTests("passed")].length;
}

function said(error) {
  const path = error?.VITEST_TEST_PATH ?? "";
  return { message: String(error?.message ?? error), path: String(path) };
}

function over(errors, more) {
  note({ event: "over", errors: errors.map(said), ...more });
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

  onTestRunEnd(modules, errors) {
    const counts = modules.map((module) => [module.moduleId, passed(module)]);
    over(errors, { passed: counts });
  }

  // Before Vitest 3 this is the only one of them that is called.
  onFinished(_files, errors) {
    over(errors ?? []);
  }
}
