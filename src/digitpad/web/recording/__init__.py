"""From a drawing to its record: `predicting` predicts and records, `idempotency` knows what was sent before."""
