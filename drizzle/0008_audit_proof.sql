CREATE TABLE "audit_checkpoints" (
	"account_id" uuid NOT NULL,
	"size" bigint NOT NULL,
	"root_hash" "bytea" NOT NULL,
	"signed_at" timestamp (3) with time zone NOT NULL,
	"note" text NOT NULL,
	CONSTRAINT "audit_checkpoints_account_id_size_pk" PRIMARY KEY("account_id","size")
);
--> statement-breakpoint
ALTER TABLE "audit_checkpoints" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "audit_keys" (
	"public_key" "bytea" PRIMARY KEY NOT NULL,
	"since" timestamp (3) with time zone NOT NULL,
	"handover" text
);
--> statement-breakpoint
ALTER TABLE "audit_keys" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "audit_nodes" (
	"account_id" uuid NOT NULL,
	"level" smallint NOT NULL,
	"index" bigint NOT NULL,
	"hash" "bytea" NOT NULL,
	CONSTRAINT "audit_nodes_account_id_level_index_pk" PRIMARY KEY("account_id","level","index")
);
--> statement-breakpoint
ALTER TABLE "audit_nodes" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "audit_seals" (
	"account_id" uuid PRIMARY KEY NOT NULL,
	"size" bigint NOT NULL,
	"problem" text
);
--> statement-breakpoint
ALTER TABLE "audit_seals" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "audit_heads" ADD COLUMN "trimmed" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE POLICY "audit_events_kept" ON "audit_events" AS RESTRICTIVE FOR SELECT TO "chatelaine_member" USING (sequence > (select trimmed from audit_heads where audit_heads.account_id = nullif(current_setting('chatelaine.account', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "audit_events_of_retention" ON "audit_events" AS PERMISSIVE FOR ALL TO "chatelaine_retention" USING (sequence <= (select trimmed from audit_heads where audit_heads.account_id = audit_events.account_id)) WITH CHECK (false);--> statement-breakpoint
CREATE POLICY "audit_heads_of_retention" ON "audit_heads" AS PERMISSIVE FOR SELECT TO "chatelaine_retention" USING (true);--> statement-breakpoint
CREATE POLICY "audit_checkpoints_of_account" ON "audit_checkpoints" AS PERMISSIVE FOR ALL TO "chatelaine_member" USING (account_id = nullif(current_setting('chatelaine.account', true), '')::uuid) WITH CHECK (account_id = nullif(current_setting('chatelaine.account', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "audit_checkpoints_of_system" ON "audit_checkpoints" AS PERMISSIVE FOR ALL TO "chatelaine_system" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "audit_checkpoints_of_retention" ON "audit_checkpoints" AS PERMISSIVE FOR ALL TO "chatelaine_retention" USING (size < (select trimmed from audit_heads where audit_heads.account_id = audit_checkpoints.account_id)) WITH CHECK (false);--> statement-breakpoint
CREATE POLICY "audit_keys_of_system" ON "audit_keys" AS PERMISSIVE FOR ALL TO "chatelaine_system" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "audit_nodes_of_account" ON "audit_nodes" AS PERMISSIVE FOR ALL TO "chatelaine_member" USING (account_id = nullif(current_setting('chatelaine.account', true), '')::uuid) WITH CHECK (account_id = nullif(current_setting('chatelaine.account', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "audit_nodes_of_system" ON "audit_nodes" AS PERMISSIVE FOR ALL TO "chatelaine_system" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "audit_seals_of_account" ON "audit_seals" AS PERMISSIVE FOR ALL TO "chatelaine_member" USING (account_id = nullif(current_setting('chatelaine.account', true), '')::uuid) WITH CHECK (account_id = nullif(current_setting('chatelaine.account', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "audit_seals_of_system" ON "audit_seals" AS PERMISSIVE FOR ALL TO "chatelaine_system" USING (true) WITH CHECK (true);