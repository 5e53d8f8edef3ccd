ALTER TABLE "audit_nodes" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "audit_checkpoints" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "audit_seals" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "audit_keys" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
GRANT SELECT ON "audit_nodes", "audit_checkpoints", "audit_seals" TO chatelaine_member;--> statement-breakpoint
-- What was sealed is written once: nobody may update it, and only the retention role deletes, below the cut.
GRANT SELECT, INSERT ON "audit_nodes", "audit_checkpoints", "audit_keys" TO chatelaine_system;--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE ON "audit_seals" TO chatelaine_system;--> statement-breakpoint
GRANT USAGE ON SCHEMA public TO chatelaine_retention;--> statement-breakpoint
GRANT SELECT (account_id, trimmed) ON "audit_heads" TO chatelaine_retention;--> statement-breakpoint
GRANT SELECT (account_id, sequence), DELETE ON "audit_events" TO chatelaine_retention;--> statement-breakpoint
GRANT SELECT (account_id, size), DELETE ON "audit_checkpoints" TO chatelaine_retention;
