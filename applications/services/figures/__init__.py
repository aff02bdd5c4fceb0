"""The figures of « Pilotage »: what each dossier counts for, the sums kept of it, and how a page reads them."""
