CREATE TABLE "accounts" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "accounts" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "apps" (
	"account_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"client_id" text NOT NULL,
	"name" text NOT NULL,
	"description" text,
	"token_lifetime" integer NOT NULL,
	"scopes" text[] NOT NULL,
	"status" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	"created_by_type" text NOT NULL,
	"created_by_id" uuid,
	"deleted_at" timestamp (3) with time zone,
	CONSTRAINT "apps_account_id_id_pk" PRIMARY KEY("account_id","id"),
	CONSTRAINT "apps_client_id_unique" UNIQUE("client_id")
);
--> statement-breakpoint
ALTER TABLE "apps" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "audit_events" (
	"account_id" uuid NOT NULL,
	"sequence" bigint NOT NULL,
	"id" uuid NOT NULL,
	"type" text NOT NULL,
	"app_id" uuid,
	"actor_id" uuid,
	"source_ip" text,
	"occurred_at" timestamp (3) with time zone NOT NULL,
	"record" text NOT NULL,
	"hash" "bytea" NOT NULL,
	CONSTRAINT "audit_events_account_id_sequence_pk" PRIMARY KEY("account_id","sequence")
);
--> statement-breakpoint
ALTER TABLE "audit_events" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "audit_heads" (
	"account_id" uuid PRIMARY KEY NOT NULL,
	"sequence" bigint DEFAULT 0 NOT NULL,
	"occurred_at" timestamp (3) with time zone NOT NULL,
	"auth_sequence" bigint DEFAULT 0 NOT NULL
);
--> statement-breakpoint
ALTER TABLE "audit_heads" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "keys" (
	"id" uuid PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"sealed" "bytea" NOT NULL,
	"wrapped_by" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "keys" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "members" (
	"account_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"role" text NOT NULL,
	"joined_at" timestamp (3) with time zone NOT NULL,
	"removed_at" timestamp (3) with time zone,
	CONSTRAINT "members_account_id_id_pk" PRIMARY KEY("account_id","id")
);
--> statement-breakpoint
ALTER TABLE "members" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "secrets" (
	"account_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"app_id" uuid NOT NULL,
	"mac" "bytea" NOT NULL,
	"hash" text NOT NULL,
	"hint" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"created_by_type" text NOT NULL,
	"created_by_id" uuid,
	"replaced_at" timestamp (3) with time zone,
	"expires_at" timestamp (3) with time zone,
	"revoked_at" timestamp (3) with time zone,
	CONSTRAINT "secrets_account_id_id_pk" PRIMARY KEY("account_id","id")
);
--> statement-breakpoint
ALTER TABLE "secrets" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "sessions" (
	"id" uuid PRIMARY KEY NOT NULL,
	"token_hash" "bytea" NOT NULL,
	"user_id" uuid NOT NULL,
	"account_id" uuid NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"last_seen_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"ip" text,
	"user_agent" text,
	CONSTRAINT "sessions_token_hash_unique" UNIQUE("token_hash")
);
--> statement-breakpoint
ALTER TABLE "sessions" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "users" (
	"id" uuid PRIMARY KEY NOT NULL,
	"email" text NOT NULL,
	"name" text,
	"password_hash" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "users_email_unique" UNIQUE("email")
);
--> statement-breakpoint
ALTER TABLE "users" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "apps" ADD CONSTRAINT "apps_account_id_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "audit_heads" ADD CONSTRAINT "audit_heads_account_id_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "members" ADD CONSTRAINT "members_account_id_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "members" ADD CONSTRAINT "members_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_account_id_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "apps_by_created" ON "apps" USING btree ("account_id","created_at","id") WHERE deleted_at is null;--> statement-breakpoint
CREATE INDEX "apps_by_updated" ON "apps" USING btree ("account_id","updated_at","id") WHERE deleted_at is null;--> statement-breakpoint
CREATE INDEX "apps_by_name" ON "apps" USING btree ("account_id",lower(name),"id") WHERE deleted_at is null;--> statement-breakpoint
CREATE UNIQUE INDEX "audit_events_id" ON "audit_events" USING btree ("account_id","id");--> statement-breakpoint
CREATE INDEX "audit_events_by_type" ON "audit_events" USING btree ("account_id","type","sequence");--> statement-breakpoint
CREATE INDEX "audit_events_by_app" ON "audit_events" USING btree ("account_id","app_id","sequence") WHERE app_id is not null;--> statement-breakpoint
CREATE INDEX "audit_events_by_actor" ON "audit_events" USING btree ("account_id","actor_id","sequence") WHERE actor_id is not null;--> statement-breakpoint
CREATE INDEX "audit_events_by_ip" ON "audit_events" USING btree ("account_id","source_ip","sequence") WHERE source_ip is not null;--> statement-breakpoint
CREATE INDEX "audit_events_by_time" ON "audit_events" USING btree ("account_id","occurred_at","sequence");--> statement-breakpoint
CREATE UNIQUE INDEX "members_person" ON "members" USING btree ("account_id","user_id");--> statement-breakpoint
CREATE INDEX "members_accounts_of_person" ON "members" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "secrets_of_app" ON "secrets" USING btree ("account_id","app_id","created_at");--> statement-breakpoint
CREATE UNIQUE INDEX "secrets_current" ON "secrets" USING btree ("account_id","app_id") WHERE replaced_at is null;--> statement-breakpoint
CREATE INDEX "sessions_of_person" ON "sessions" USING btree ("user_id");--> statement-breakpoint
CREATE POLICY "accounts_of_account" ON "accounts" AS PERMISSIVE FOR ALL TO "chatelaine_member" USING (id = nullif(current_setting('chatelaine.account', true), '')::uuid) WITH CHECK (id = nullif(current_setting('chatelaine.account', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "accounts_of_system" ON "accounts" AS PERMISSIVE FOR ALL TO "chatelaine_system" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "apps_of_account" ON "apps" AS PERMISSIVE FOR ALL TO "chatelaine_member" USING (account_id = nullif(current_setting('chatelaine.account', true), '')::uuid) WITH CHECK (account_id = nullif(current_setting('chatelaine.account', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "apps_of_system" ON "apps" AS PERMISSIVE FOR ALL TO "chatelaine_system" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "audit_events_of_account" ON "audit_events" AS PERMISSIVE FOR ALL TO "chatelaine_member" USING (account_id = nullif(current_setting('chatelaine.account', true), '')::uuid) WITH CHECK (account_id = nullif(current_setting('chatelaine.account', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "audit_events_of_system" ON "audit_events" AS PERMISSIVE FOR ALL TO "chatelaine_system" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "audit_heads_of_account" ON "audit_heads" AS PERMISSIVE FOR ALL TO "chatelaine_member" USING (account_id = nullif(current_setting('chatelaine.account', true), '')::uuid) WITH CHECK (account_id = nullif(current_setting('chatelaine.account', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "audit_heads_of_system" ON "audit_heads" AS PERMISSIVE FOR ALL TO "chatelaine_system" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "keys_of_system" ON "keys" AS PERMISSIVE FOR ALL TO "chatelaine_system" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "members_of_account" ON "members" AS PERMISSIVE FOR ALL TO "chatelaine_member" USING (account_id = nullif(current_setting('chatelaine.account', true), '')::uuid) WITH CHECK (account_id = nullif(current_setting('chatelaine.account', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "members_of_system" ON "members" AS PERMISSIVE FOR ALL TO "chatelaine_system" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "secrets_of_account" ON "secrets" AS PERMISSIVE FOR ALL TO "chatelaine_member" USING (account_id = nullif(current_setting('chatelaine.account', true), '')::uuid) WITH CHECK (account_id = nullif(current_setting('chatelaine.account', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "secrets_of_system" ON "secrets" AS PERMISSIVE FOR ALL TO "chatelaine_system" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "sessions_of_system" ON "sessions" AS PERMISSIVE FOR ALL TO "chatelaine_system" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "users_of_account" ON "users" AS PERMISSIVE FOR SELECT TO "chatelaine_member" USING (exists (select 1 from members where members.user_id = users.id and members.account_id = nullif(current_setting('chatelaine.account', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "users_of_system" ON "users" AS PERMISSIVE FOR ALL TO "chatelaine_system" USING (true) WITH CHECK (true);