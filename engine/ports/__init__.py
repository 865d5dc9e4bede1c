"""Small Protocols, named by the need. Adapters and their twins pass the same contract tests."""
