"""Who must be told what: the outbox, the inbox and the e-mails."""
