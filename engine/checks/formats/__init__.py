"""Reports that any command may write: JUnit XML, SARIF, TAP."""
