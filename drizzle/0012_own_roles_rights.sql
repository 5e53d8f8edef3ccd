ALTER TABLE "audit_unsealed" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
GRANT USAGE ON SCHEMA public TO chatelaine_sealer, chatelaine_export, chatelaine_sweeper;--> statement-breakpoint
GRANT SELECT ON "audit_heads", "audit_events", "audit_keys", "keys", "audit_unsealed" TO chatelaine_sealer;--> statement-breakpoint
GRANT SELECT, INSERT ON "audit_nodes", "audit_checkpoints" TO chatelaine_sealer;--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE ON "audit_seals" TO chatelaine_sealer;--> statement-breakpoint
REVOKE INSERT ON "audit_nodes", "audit_checkpoints" FROM chatelaine_system;--> statement-breakpoint
REVOKE INSERT, UPDATE ON "audit_seals" FROM chatelaine_system;--> statement-breakpoint
GRANT SELECT ON "audit_heads", "audit_events", "audit_nodes", "audit_checkpoints" TO chatelaine_export;--> statement-breakpoint
GRANT SELECT, DELETE ON "used_assertions", "revoked_tokens", "idempotency_keys" TO chatelaine_sweeper;--> statement-breakpoint
GRANT UPDATE (sealed_secret) ON "idempotency_keys" TO chatelaine_sweeper;--> statement-breakpoint
GRANT SELECT (account_id, id, expires_at, revoked_at, expiry_recorded_at) ON "secrets" TO chatelaine_sweeper;--> statement-breakpoint
REVOKE DELETE ON "used_assertions", "revoked_tokens" FROM chatelaine_system;--> statement-breakpoint
REVOKE DELETE ON "idempotency_keys" FROM chatelaine_system;--> statement-breakpoint
GRANT SELECT ON "audit_unsealed" TO chatelaine_member;--> statement-breakpoint
-- For append_event and mark_sealed, which run with its rights.
GRANT SELECT, INSERT, DELETE ON "audit_unsealed" TO chatelaine_system;--> statement-breakpoint
-- As before, and tells the sealer that the account has grown: under the counter's lock, so that no growth is missed.
CREATE OR REPLACE FUNCTION append_event(
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
  INSERT INTO public.audit_unsealed (account_id) VALUES (v_account) ON CONFLICT DO NOTHING;
END $$;--> statement-breakpoint
-- Takes an account out of what there is to seal, if all of it is sealed. Where somebody is just writing to it, it stays, and
-- nobody waits: without the counter's lock, what is being written would find the account still told, and then be forgotten.
CREATE FUNCTION mark_sealed(p_account_id uuid, p_size bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM 1 FROM public.audit_heads WHERE account_id = p_account_id AND sequence = p_size FOR NO KEY UPDATE SKIP LOCKED;
  IF FOUND THEN
    DELETE FROM public.audit_unsealed WHERE account_id = p_account_id;
  END IF;
END $$;--> statement-breakpoint
GRANT CREATE ON SCHEMA public TO chatelaine_system;--> statement-breakpoint
ALTER FUNCTION mark_sealed OWNER TO chatelaine_system;--> statement-breakpoint
REVOKE CREATE ON SCHEMA public FROM chatelaine_system;--> statement-breakpoint
REVOKE ALL ON FUNCTION mark_sealed FROM PUBLIC;--> statement-breakpoint
GRANT EXECUTE ON FUNCTION mark_sealed TO chatelaine_sealer;
