"""The demo world: believable people, companies and dossiers, made by the services that people use."""
