-- The one role that may delete history: what lies below an account's cut (audit_heads.trimmed). It does nothing else.
DO $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'chatelaine_retention') THEN
    BEGIN
      CREATE ROLE chatelaine_retention NOLOGIN NOINHERIT NOSUPERUSER NOBYPASSRLS;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; -- another database was quicker
    END;
  END IF;
END $$;
--> statement-breakpoint
DO $$ BEGIN
  GRANT chatelaine_retention TO chatelaine_gateway;
  GRANT chatelaine_retention TO CURRENT_USER;
EXCEPTION WHEN insufficient_privilege THEN NULL;
END $$;
