"""From an approved payment to the bank and back: certificate, batches, file, matching, accounts that change."""
