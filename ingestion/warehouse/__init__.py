"""The PostgreSQL side: server, connections, migrations, dbt, publication, lineage."""
