-- FORCE binds the tables' owner too; only a superuser is beyond policies, and the gateway's work never runs as one.
ALTER TABLE "accounts" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "users" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "members" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "sessions" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "apps" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "secrets" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "audit_heads" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "audit_events" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "keys" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
GRANT USAGE ON SCHEMA public TO chatelaine_member, chatelaine_system;--> statement-breakpoint
GRANT SELECT ON "accounts", "members", "apps", "secrets", "audit_heads", "audit_events" TO chatelaine_member;--> statement-breakpoint
GRANT SELECT (id, email, name, created_at) ON "users" TO chatelaine_member;--> statement-breakpoint
GRANT UPDATE ON "accounts" TO chatelaine_member;--> statement-breakpoint
GRANT INSERT, UPDATE ON "members", "apps", "secrets" TO chatelaine_member;--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE ON "accounts", "users", "members", "apps", "secrets", "audit_heads" TO chatelaine_system;--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON "sessions", "keys" TO chatelaine_system;--> statement-breakpoint
GRANT SELECT, INSERT ON "audit_events" TO chatelaine_system;--> statement-breakpoint
-- The one way to write history: takes the account's counter under its lock, joins the record around the two members that are
-- known last, hashes it (RFC 9162 §2.1: 0x00 before a leaf) and stores it. Call it last in a transaction: the lock holds until the commit.
CREATE FUNCTION append_event(
  p_id uuid, p_type text, p_app_id uuid, p_actor_id uuid, p_source_ip text, p_at timestamptz, p_ends_access boolean,
  p_before text, p_between text, p_after text, OUT o_sequence bigint, OUT o_occurred_at timestamptz
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  v_account uuid := current_setting('chatelaine.account')::uuid;
  v_record text;
BEGIN
  UPDATE public.audit_heads SET
    sequence = sequence + 1,
    occurred_at = greatest(occurred_at, date_trunc('milliseconds', p_at)),
    auth_sequence = CASE WHEN p_ends_access THEN sequence + 1 ELSE auth_sequence END
  WHERE account_id = v_account RETURNING sequence, occurred_at INTO STRICT o_sequence, o_occurred_at;
  v_record := p_before || to_char(o_occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') || p_between || o_sequence || p_after;
  INSERT INTO public.audit_events (account_id, sequence, id, type, app_id, actor_id, source_ip, occurred_at, record, hash)
  VALUES (v_account, o_sequence, p_id, p_type, p_app_id, p_actor_id, p_source_ip, o_occurred_at, v_record,
    sha256('\x00'::bytea || convert_to(v_record, 'UTF8')));
END $$;--> statement-breakpoint
-- Look-ups before the account is known: each returns at most one row, for one id or hash.
CREATE FUNCTION find_client(p_client_id text, p_secret_id uuid) RETURNS TABLE (
  account_id uuid, app_id uuid, app_name text, status text, token_lifetime integer, scopes text[],
  mac bytea, expires_at timestamptz, revoked_at timestamptz, is_current boolean, now timestamptz
) LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RETURN QUERY SELECT a.account_id, a.id, a.name, a.status, a.token_lifetime, a.scopes,
    s.mac, s.expires_at::timestamptz, s.revoked_at::timestamptz, s.replaced_at IS NULL, date_trunc('milliseconds', clock_timestamp())
  FROM public.apps a
  LEFT JOIN public.secrets s ON s.account_id = a.account_id AND s.id = p_secret_id AND s.app_id = a.id
  WHERE a.client_id = p_client_id AND a.deleted_at IS NULL;
END $$;--> statement-breakpoint
CREATE FUNCTION find_session(p_token_hash bytea) RETURNS TABLE (
  session_id uuid, account_id uuid, user_id uuid, email text, role text,
  last_seen_at timestamptz, expires_at timestamptz, now timestamptz
) LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RETURN QUERY SELECT s.id, s.account_id, u.id, u.email, m.role,
    s.last_seen_at::timestamptz, s.expires_at::timestamptz, date_trunc('milliseconds', clock_timestamp())
  FROM public.sessions s
  JOIN public.users u ON u.id = s.user_id
  JOIN public.members m ON m.account_id = s.account_id AND m.user_id = s.user_id AND m.removed_at IS NULL
  WHERE s.token_hash = p_token_hash;
END $$;--> statement-breakpoint
CREATE FUNCTION find_person(p_email text) RETURNS TABLE (user_id uuid, email text, name text, password_hash text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RETURN QUERY SELECT u.id, u.email, u.name, u.password_hash FROM public.users u WHERE u.email = p_email;
END $$;--> statement-breakpoint
-- They run with the system role's rights. Taking ownership asks for CREATE on the schema, for that moment alone.
GRANT CREATE ON SCHEMA public TO chatelaine_system;--> statement-breakpoint
ALTER FUNCTION append_event OWNER TO chatelaine_system;--> statement-breakpoint
ALTER FUNCTION find_client OWNER TO chatelaine_system;--> statement-breakpoint
ALTER FUNCTION find_session OWNER TO chatelaine_system;--> statement-breakpoint
ALTER FUNCTION find_person OWNER TO chatelaine_system;--> statement-breakpoint
REVOKE CREATE ON SCHEMA public FROM chatelaine_system;--> statement-breakpoint
REVOKE ALL ON FUNCTION append_event, find_client, find_session, find_person FROM PUBLIC;--> statement-breakpoint
GRANT EXECUTE ON FUNCTION append_event TO chatelaine_member;--> statement-breakpoint
GRANT EXECUTE ON FUNCTION find_client, find_session, find_person TO chatelaine_gateway, CURRENT_USER;
