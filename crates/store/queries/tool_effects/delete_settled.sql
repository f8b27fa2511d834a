-- Ledger rows are kept for a day after their turn ended.
delete from tool_effects
 where updated_at < $1
   and state in ('exited', 'detached', 'canceled', 'unknown')
   and not exists (
     select 1
       from chats as c
      where c.id = tool_effects.chat_id
        and c.status in ('running', 'interrupting', 'requires_action')
   )
