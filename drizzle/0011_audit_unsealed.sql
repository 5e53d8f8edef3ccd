CREATE TABLE "audit_unsealed" (
	"account_id" uuid PRIMARY KEY NOT NULL
);
--> statement-breakpoint
ALTER TABLE "audit_unsealed" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE INDEX "audit_seals_problem" ON "audit_seals" USING btree ("account_id") WHERE problem is not null;--> statement-breakpoint
CREATE POLICY "audit_checkpoints_of_sealer" ON "audit_checkpoints" AS PERMISSIVE FOR ALL TO "chatelaine_sealer" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "audit_checkpoints_of_export" ON "audit_checkpoints" AS PERMISSIVE FOR SELECT TO "chatelaine_export" USING (account_id = nullif(current_setting('chatelaine.account', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "audit_events_of_sealer" ON "audit_events" AS PERMISSIVE FOR ALL TO "chatelaine_sealer" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "audit_events_of_export" ON "audit_events" AS PERMISSIVE FOR SELECT TO "chatelaine_export" USING (account_id = nullif(current_setting('chatelaine.account', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "audit_events_kept_for_export" ON "audit_events" AS RESTRICTIVE FOR SELECT TO "chatelaine_export" USING (sequence > (select trimmed from audit_heads where audit_heads.account_id = nullif(current_setting('chatelaine.account', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "audit_heads_of_sealer" ON "audit_heads" AS PERMISSIVE FOR ALL TO "chatelaine_sealer" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "audit_heads_of_export" ON "audit_heads" AS PERMISSIVE FOR SELECT TO "chatelaine_export" USING (account_id = nullif(current_setting('chatelaine.account', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "audit_keys_of_sealer" ON "audit_keys" AS PERMISSIVE FOR ALL TO "chatelaine_sealer" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "audit_nodes_of_sealer" ON "audit_nodes" AS PERMISSIVE FOR ALL TO "chatelaine_sealer" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "audit_nodes_of_export" ON "audit_nodes" AS PERMISSIVE FOR SELECT TO "chatelaine_export" USING (account_id = nullif(current_setting('chatelaine.account', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "audit_seals_of_sealer" ON "audit_seals" AS PERMISSIVE FOR ALL TO "chatelaine_sealer" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "idempotency_keys_of_sweeper" ON "idempotency_keys" AS PERMISSIVE FOR ALL TO "chatelaine_sweeper" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "keys_of_sealer" ON "keys" AS PERMISSIVE FOR SELECT TO "chatelaine_sealer" USING (kind = 'audit-signing');--> statement-breakpoint
CREATE POLICY "revoked_tokens_of_sweeper" ON "revoked_tokens" AS PERMISSIVE FOR ALL TO "chatelaine_sweeper" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "secrets_of_sweeper" ON "secrets" AS PERMISSIVE FOR ALL TO "chatelaine_sweeper" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "used_assertions_of_sweeper" ON "used_assertions" AS PERMISSIVE FOR ALL TO "chatelaine_sweeper" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "audit_unsealed_of_account" ON "audit_unsealed" AS PERMISSIVE FOR ALL TO "chatelaine_member" USING (account_id = nullif(current_setting('chatelaine.account', true), '')::uuid) WITH CHECK (account_id = nullif(current_setting('chatelaine.account', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "audit_unsealed_of_system" ON "audit_unsealed" AS PERMISSIVE FOR ALL TO "chatelaine_system" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "audit_unsealed_of_sealer" ON "audit_unsealed" AS PERMISSIVE FOR ALL TO "chatelaine_sealer" USING (true) WITH CHECK (true);