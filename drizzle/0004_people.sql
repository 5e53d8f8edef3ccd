ALTER TABLE "invitations" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
GRANT SELECT, INSERT, DELETE ON "invitations" TO chatelaine_member, chatelaine_system;--> statement-breakpoint
-- Who loses an account loses the sessions in it. The member role sees no token hash.
GRANT SELECT (id, user_id, account_id), DELETE ON "sessions" TO chatelaine_member;--> statement-breakpoint
CREATE FUNCTION find_invitation(p_token_hash bytea) RETURNS TABLE (
  invitation_id uuid, account_id uuid, account_name text, email text, role text, expires_at timestamptz, now timestamptz
) LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RETURN QUERY SELECT i.id, i.account_id, a.name, i.email, i.role, i.expires_at::timestamptz,
    date_trunc('milliseconds', clock_timestamp())
  FROM public.invitations i JOIN public.accounts a ON a.id = i.account_id
  WHERE i.token_hash = p_token_hash;
END $$;--> statement-breakpoint
GRANT CREATE ON SCHEMA public TO chatelaine_system;--> statement-breakpoint
ALTER FUNCTION find_invitation OWNER TO chatelaine_system;--> statement-breakpoint
REVOKE CREATE ON SCHEMA public FROM chatelaine_system;--> statement-breakpoint
REVOKE ALL ON FUNCTION find_invitation FROM PUBLIC;--> statement-breakpoint
GRANT EXECUTE ON FUNCTION find_invitation TO chatelaine_gateway, CURRENT_USER;
