-- One page of a person's own roots: pinned first, then the most recently active. The page is
-- chosen first, so that only its rows are asked for unread messages. The chats that carry all
-- $9 labels are found once, not asked for row by row; SQLite takes the tables of a cross join
-- as they stand, so that it looks each label up.
select c.id, c.organization_id, c.owner_id, c.parent_chat_id, c.root_chat_id, c.workspace_id,
       c.build_id, c.agent_id, c.last_model_config_id, c.last_reasoning_effort, c.title,
       c.status, c.archived, c.mode, c.plan_mode, c.client_type, c.pin_order, c.labels,
       c.mcp_server_ids, c.last_error, c.last_read_message_id, c.snapshot_version,
       c.history_version, c.queue_version, c.generation_attempt, c.retry_state,
       c.retry_state_version, c.requires_action_deadline_at, c.compaction_requested_at,
       c.worker_id, c.runner_id, null as system_prompt, null as dynamic_tools, c.shared,
       c.queued_for_capacity, c.effect_id, c.created_at, c.updated_at,
       c.last_turn_summary,
       exists (
         select 1
           from chat_messages as m
          where m.chat_id = c.id
            and m.role = 'assistant'
            and m.deleted = false
            and m.visibility in ('user', 'both')
            and m.id > coalesce(c.last_read_message_id, 0)
       ) as has_unread
  from (
    select p.id
      from chats as p
     where p.owner_id = $1
       and p.parent_chat_id is null
       and p.archived = $2
       and ($3 = '' or p.title_folded like $3 escape '\')
       and ($7 = '' or p.status = $7)
       and (
         /*p:int:$9*/ = 0
         or p.id in (
           select l.chat_id
             from /*pairs:$8*/ as w
            cross join chat_labels as l
            where l.owner_id = $1
              and l.key = w.key
              and l.value = w.value
            group by l.chat_id
           having count(*) = /*p:int:$9*/
         )
       )
       and (
         /*p:uuid:$4*/ is null
         or (p.pin_order = 0, p.pin_order, -p.updated_at, p.id) > (
           select a.pin_order = 0, a.pin_order, -a.updated_at, a.id
             from chats as a
            where a.id = /*p:uuid:$4*/ and a.owner_id = $1
         )
       )
     order by p.pin_order = 0, p.pin_order, -p.updated_at, p.id
     limit $5 offset $6
  ) as page
  join chats as c on c.id = page.id
 order by c.pin_order = 0, c.pin_order, -c.updated_at, c.id
