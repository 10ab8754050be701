"""Where Alembic runs the migrations: on the connection that is handed over, or into a script for a dialect."""

from alembic import context

given = context.config.attributes
if "connection" in given:
    context.configure(connection=given["connection"], transaction_per_migration=False)
else:
    context.configure(dialect_name=given["dialect"], transactional_ddl=False)
context.run_migrations()
