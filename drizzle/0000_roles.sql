-- Roles belong to the whole cluster: another database of it, or an operator, may have made them already.
-- chatelaine_member works in one account, chatelaine_system across accounts. chatelaine_gateway is what the gateway is between
-- transactions: it may look a credential up and change into the two, nothing more.
DO $$
DECLARE
  v_role text;
BEGIN
  FOREACH v_role IN ARRAY ARRAY['chatelaine_member', 'chatelaine_system', 'chatelaine_gateway'] LOOP
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = v_role) THEN
      BEGIN
        EXECUTE format('CREATE ROLE %I NOLOGIN NOINHERIT NOSUPERUSER NOBYPASSRLS', v_role);
      EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; -- another database was quicker
      END;
    END IF;
  END LOOP;
END $$;
--> statement-breakpoint
-- Who did not make the roles may not be allowed to grant them. Where a grant is missing then, the start says which.
DO $$ BEGIN
  GRANT chatelaine_member, chatelaine_system TO chatelaine_gateway;
  GRANT chatelaine_member, chatelaine_system, chatelaine_gateway TO CURRENT_USER;
EXCEPTION WHEN insufficient_privilege THEN NULL;
END $$;
