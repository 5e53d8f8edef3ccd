CREATE TABLE "app_keys" (
	"account_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"app_id" uuid NOT NULL,
	"kid" text,
	"algorithm" text NOT NULL,
	"thumbprint" text NOT NULL,
	"jwk" jsonb NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"created_by_type" text NOT NULL,
	"created_by_id" uuid,
	"last_used_at" timestamp (3) with time zone,
	CONSTRAINT "app_keys_account_id_id_pk" PRIMARY KEY("account_id","id")
);
--> statement-breakpoint
ALTER TABLE "app_keys" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "idempotency_keys" (
	"account_id" uuid NOT NULL,
	"actor_id" uuid NOT NULL,
	"mutation" text NOT NULL,
	"key" text NOT NULL,
	"input_hash" "bytea" NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"app_id" uuid,
	"secret_id" uuid,
	"previous_secret_expires_at" timestamp (3) with time zone,
	"sealed_secret" "bytea",
	"secret_jwe" text,
	CONSTRAINT "idempotency_keys_account_id_actor_id_mutation_key_pk" PRIMARY KEY("account_id","actor_id","mutation","key")
);
--> statement-breakpoint
ALTER TABLE "idempotency_keys" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "instance_markers" (
	"name" text PRIMARY KEY NOT NULL,
	"sealed" "bytea" NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "instance_markers" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "revoked_tokens" (
	"account_id" uuid NOT NULL,
	"token_id" uuid NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "revoked_tokens_account_id_token_id_pk" PRIMARY KEY("account_id","token_id")
);
--> statement-breakpoint
ALTER TABLE "revoked_tokens" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "used_assertions" (
	"account_id" uuid NOT NULL,
	"app_id" uuid NOT NULL,
	"jti_hash" "bytea" NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "used_assertions_account_id_app_id_jti_hash_pk" PRIMARY KEY("account_id","app_id","jti_hash")
);
--> statement-breakpoint
ALTER TABLE "used_assertions" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "secrets" ALTER COLUMN "mac" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "apps" ADD COLUMN "token_generation" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "apps" ADD COLUMN "last_used_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "keys" ADD COLUMN "algorithm" text;--> statement-breakpoint
ALTER TABLE "keys" ADD COLUMN "signs_from" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "keys" ADD COLUMN "verifies_until" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "secrets" ADD COLUMN "disabled_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "secrets" ADD COLUMN "replaces_id" uuid;--> statement-breakpoint
ALTER TABLE "secrets" ADD COLUMN "grace_from_first_use" integer;--> statement-breakpoint
ALTER TABLE "secrets" ADD COLUMN "last_used_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "secrets" ADD COLUMN "last_used_ip" text;--> statement-breakpoint
ALTER TABLE "secrets" ADD COLUMN "needed_until" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "secrets" ADD COLUMN "expiry_recorded_at" timestamp (3) with time zone;--> statement-breakpoint
CREATE UNIQUE INDEX "app_keys_thumbprint" ON "app_keys" USING btree ("account_id","app_id","thumbprint");--> statement-breakpoint
CREATE UNIQUE INDEX "app_keys_kid" ON "app_keys" USING btree ("account_id","app_id","kid") WHERE kid is not null;--> statement-breakpoint
CREATE INDEX "idempotency_keys_by_age" ON "idempotency_keys" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "revoked_tokens_over" ON "revoked_tokens" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "used_assertions_over" ON "used_assertions" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "secrets_to_expire" ON "secrets" USING btree ("expires_at") WHERE expires_at is not null and revoked_at is null and expiry_recorded_at is null;--> statement-breakpoint
CREATE INDEX "secrets_awaiting_use" ON "secrets" USING btree ("account_id","app_id") WHERE grace_from_first_use is not null;--> statement-breakpoint
CREATE POLICY "app_keys_of_account" ON "app_keys" AS PERMISSIVE FOR ALL TO "chatelaine_member" USING (account_id = nullif(current_setting('chatelaine.account', true), '')::uuid) WITH CHECK (account_id = nullif(current_setting('chatelaine.account', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "app_keys_of_system" ON "app_keys" AS PERMISSIVE FOR ALL TO "chatelaine_system" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "idempotency_keys_of_account" ON "idempotency_keys" AS PERMISSIVE FOR ALL TO "chatelaine_member" USING (account_id = nullif(current_setting('chatelaine.account', true), '')::uuid) WITH CHECK (account_id = nullif(current_setting('chatelaine.account', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "idempotency_keys_of_system" ON "idempotency_keys" AS PERMISSIVE FOR ALL TO "chatelaine_system" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "instance_markers_of_system" ON "instance_markers" AS PERMISSIVE FOR ALL TO "chatelaine_system" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "revoked_tokens_of_account" ON "revoked_tokens" AS PERMISSIVE FOR ALL TO "chatelaine_member" USING (account_id = nullif(current_setting('chatelaine.account', true), '')::uuid) WITH CHECK (account_id = nullif(current_setting('chatelaine.account', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "revoked_tokens_of_system" ON "revoked_tokens" AS PERMISSIVE FOR ALL TO "chatelaine_system" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "used_assertions_of_account" ON "used_assertions" AS PERMISSIVE FOR ALL TO "chatelaine_member" USING (account_id = nullif(current_setting('chatelaine.account', true), '')::uuid) WITH CHECK (account_id = nullif(current_setting('chatelaine.account', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "used_assertions_of_system" ON "used_assertions" AS PERMISSIVE FOR ALL TO "chatelaine_system" USING (true) WITH CHECK (true);