// Runs each case of a client's conformance ({ name: async function }), says how each ended, and leaves with status 1
// when one failed.
export async function run(cases) {
  let failed = 0;
  for (const [name, check] of Object.entries(cases)) {
    try {
      await check();
      console.log("ok", name);
    } catch (problem) {
      failed += 1; // one case must not hide the others
      console.log("FAIL", name, problem);
    }
  }
  const count = Object.keys(cases).length;
  console.log(`${count - failed} of ${count} passed`);
  process.exit(failed === 0 ? 0 : 1);
}
