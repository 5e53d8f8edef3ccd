-- Roles belong to the whole cluster: another database of it may have made them already.
DO $$ BEGIN CREATE ROLE chatelaine_member NOLOGIN NOSUPERUSER NOBYPASSRLS; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
--> statement-breakpoint
DO $$ BEGIN CREATE ROLE chatelaine_system NOLOGIN NOSUPERUSER NOBYPASSRLS; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
--> statement-breakpoint
-- What the gateway is between transactions: it may look a credential up and change into the two roles, nothing more.
DO $$ BEGIN CREATE ROLE chatelaine_gateway NOLOGIN NOINHERIT NOSUPERUSER NOBYPASSRLS; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
--> statement-breakpoint
GRANT chatelaine_member, chatelaine_system TO chatelaine_gateway;
--> statement-breakpoint
-- Membership lets a transaction change into the role. A superuser may do so anyway.
DO $$ BEGIN
  IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
    GRANT chatelaine_member, chatelaine_system, chatelaine_gateway TO CURRENT_USER;
  END IF;
END $$;
