CREATE TABLE "invitations" (
	"account_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"email" text NOT NULL,
	"role" text NOT NULL,
	"token_hash" "bytea" NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"invited_by_type" text NOT NULL,
	"invited_by_id" uuid,
	CONSTRAINT "invitations_account_id_id_pk" PRIMARY KEY("account_id","id"),
	CONSTRAINT "invitations_token_hash_unique" UNIQUE("token_hash")
);
--> statement-breakpoint
ALTER TABLE "invitations" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "invitations" ADD CONSTRAINT "invitations_account_id_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "invitations_email" ON "invitations" USING btree ("account_id","email");--> statement-breakpoint
CREATE INDEX "sessions_in_account" ON "sessions" USING btree ("account_id","user_id");--> statement-breakpoint
CREATE POLICY "sessions_of_account" ON "sessions" AS PERMISSIVE FOR ALL TO "chatelaine_member" USING (account_id = nullif(current_setting('chatelaine.account', true), '')::uuid) WITH CHECK (account_id = nullif(current_setting('chatelaine.account', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "invitations_of_account" ON "invitations" AS PERMISSIVE FOR ALL TO "chatelaine_member" USING (account_id = nullif(current_setting('chatelaine.account', true), '')::uuid) WITH CHECK (account_id = nullif(current_setting('chatelaine.account', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "invitations_of_system" ON "invitations" AS PERMISSIVE FOR ALL TO "chatelaine_system" USING (true) WITH CHECK (true);