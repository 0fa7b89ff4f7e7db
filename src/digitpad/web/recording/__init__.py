"""From a drawing to its record: `predicting` predicts and records, `idempotency` recognizes repeated requests."""
