"""The SQL that makes Supabase start a workflow: pg_cron for the time, pg_net for the request."""

import json
import re

from contributor_backfill.domain.errors import InvalidInput

WEBHOOK = "contributor_backfill_alert_webhook"
SECRET = "contributor_backfill_github_token"  # noqa: S105  # the secret's name, not the secret
API = "https://api.github.com"


def schedule(repository: str, workflow: str, reference: str, minutes: int) -> str:
    """Return the SQL that starts `workflow` every so many minutes unless it works already.

    Run again it replaces what it scheduled. Raises `InvalidInput` for a reference that no branch
    has.
    """
    # It goes into the SQL as it is, inside of quotes.
    if not re.fullmatch(r"[\w./-]+", reference):
        raise InvalidInput(
            f"{reference!r} is not the name of a branch or tag.", advice="Give one, such as main."
        )
    url = f"{API}/repos/{repository}/actions/workflows/{workflow}/dispatches"
    body = json.dumps({"ref": reference})
    return f"""\
-- Starts {workflow} of {repository} every {minutes} minutes, from Supabase.
-- Run it in Supabase's SQL editor. To take it away: contributor-backfill heartbeat --print --remove
create extension if not exists pg_cron;
create extension if not exists pg_net;

-- Once, by hand: put a token that may start the workflow (fine-grained, this repository alone,
-- "Actions: read and write") into Vault. Do not keep it in a file.
--   select vault.create_secret('PASTE THE TOKEN HERE', '{SECRET}');
do $$
begin
  if not exists (select from vault.decrypted_secrets where name = '{SECRET}') then
    raise notice 'Vault has no secret {SECRET} yet: until then no run is started.';
  end if;
end
$$;

select cron.schedule('{_job(repository, workflow)}', '*/{minutes} * * * *', $job$
  select net.http_post(
    url := '{url}',
    headers := jsonb_build_object(
      'Accept', 'application/vnd.github+json',
      'Authorization', 'Bearer ' || secret.decrypted_secret,
      'User-Agent', 'contributor-backfill',
      'X-GitHub-Api-Version', '2022-11-28'),
    body := '{body}'::jsonb)
  from vault.decrypted_secrets secret
  where secret.name = '{SECRET}'
    -- A run that works already needs no second one beside it.
    and not exists (
      select from public.backfill_runs r
      where r.command = 'progressive-backfill' and r.outcome = 'running'
        and r.heartbeat_at > now() - interval '2 minutes');
$job$);
"""  # noqa: S608  # a repository, a file name and a reference hold no quote: they were checked


def alarm(repository: str, workflow: str) -> str:
    """Return the SQL that tells a webhook once a day while no run has begun for a day.

    It is the one look from outside of GitHub, which disables all workflows of a quiet repository.
    """
    text = (
        f"contributor-backfill: no run of {repository} has begun for a day. GitHub disables the"
        " workflows of a repository without activity for 60 days, and then nothing there can say"
        f" so. Enable it: gh workflow enable {workflow} --repo {repository}, and push a commit."
    )
    return f"""\
-- Tells a webhook once a day, from Supabase, while no run of {repository} has begun for a day.
-- Run it in Supabase's SQL editor. To take it away: contributor-backfill heartbeat --print --remove
create extension if not exists pg_cron;
create extension if not exists pg_net;

-- Once, by hand: put the address of a Slack-compatible webhook into Vault, and into no file.
--   select vault.create_secret('PASTE THE ADDRESS HERE', '{WEBHOOK}');
select cron.schedule('{_job(repository, workflow)} alarm', '41 7 * * *', $job$
  select net.http_post(
    url := secret.decrypted_secret,
    headers := jsonb_build_object(
      'Content-Type', 'application/json', 'User-Agent', 'contributor-backfill'),
    body := jsonb_build_object('text', '{text}'))
  from vault.decrypted_secrets secret
  where secret.name = '{WEBHOOK}'
    and not exists (
      select from public.backfill_runs r
      where r.command = 'progressive-backfill' and r.started_at > now() - interval '1 day');
$job$);
"""  # noqa: S608  # as above


def removal(repository: str, workflow: str) -> str:
    """Return the SQL that takes the schedule away."""
    return f"""\
select cron.unschedule(name) from (values
  ('{_job(repository, workflow)}'), ('{_job(repository, workflow)} alarm')) as jobs (name)
where exists (select from cron.job j where j.jobname = jobs.name);
-- The token, if nothing else needs it:
--   delete from vault.secrets where name in ('{SECRET}', '{WEBHOOK}');
"""  # noqa: S608  # as above


def _job(repository: str, workflow: str) -> str:
    return f"contributor-backfill {repository} {workflow}"
