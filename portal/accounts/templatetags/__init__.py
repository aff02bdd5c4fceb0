"""Template libraries of this room: `accounts` for its pages, `sealing` for its e-mails."""
