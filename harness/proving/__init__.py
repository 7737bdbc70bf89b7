"""A gate that proves that it can fail: any suite, run once on a healthy target and once on each defect (`prover`)."""
