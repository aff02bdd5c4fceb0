"""Files that leave the desk: lists as CSV, XLSX or ODS, archives of dossiers, parcels for the ministries."""
