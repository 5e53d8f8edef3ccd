-- What runs by itself has roles of its own, each with the rights of its one task: chatelaine_sealer signs the histories,
-- chatelaine_export reads one, chatelaine_sweeper deletes what is over.
DO $$
DECLARE
  v_role text;
BEGIN
  FOREACH v_role IN ARRAY ARRAY['chatelaine_sealer', 'chatelaine_export', 'chatelaine_sweeper'] LOOP
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = v_role) THEN
      BEGIN
        EXECUTE format('CREATE ROLE %I NOLOGIN NOINHERIT NOSUPERUSER NOBYPASSRLS', v_role);
      EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; -- another database was quicker
      END;
    END IF;
  END LOOP;
END $$;
--> statement-breakpoint
DO $$ BEGIN
  GRANT chatelaine_sealer, chatelaine_export, chatelaine_sweeper TO chatelaine_gateway;
  GRANT chatelaine_sealer, chatelaine_export, chatelaine_sweeper TO CURRENT_USER;
EXCEPTION WHEN insufficient_privilege THEN NULL;
END $$;
