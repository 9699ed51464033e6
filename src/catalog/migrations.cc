#include "catalog/migrations.h"

namespace rawhaul {
namespace {

// Times are milliseconds since 1970. The columns *_key hold what is compared without regard to case, in lower
// case. AUTOINCREMENT: the id of an app is part of the keys of its data, the id of a task of the names of its
// files, and that of a campaign of the keys of its feedback, so none may ever be given twice.

Migration Apps() {
  return {
      "CREATE TABLE apps ("
      " id INTEGER PRIMARY KEY AUTOINCREMENT,"
      " subscription TEXT NOT NULL,"
      " resource_group TEXT NOT NULL,"
      " collection TEXT NOT NULL,"
      " name TEXT NOT NULL,"
      " subscription_key TEXT NOT NULL,"
      " path_key TEXT NOT NULL UNIQUE,"
      " platform TEXT NOT NULL,"
      " key_id TEXT NOT NULL UNIQUE,"
      " key_hash TEXT NOT NULL,"
      " created BIGINT NOT NULL)",
      "CREATE INDEX apps_by_subscription ON apps (subscription_key, id)",
      "CREATE TABLE clients ("
      " id TEXT PRIMARY KEY NOT NULL,"
      " tenant_key TEXT NOT NULL,"
      " tenant TEXT NOT NULL,"
      " name TEXT NOT NULL,"
      " role TEXT NOT NULL,"
      " scope TEXT NOT NULL,"
      " secret_hash TEXT NOT NULL,"
      " created BIGINT NOT NULL)",
  };
}

Migration ExportTasks() {
  return {
      // request and outcome are JSON (task_json.h); cut_off is a uint64 in two's complement; sealed_url
      // is base64, NULL once the task has ended.
      "CREATE TABLE export_tasks ("
      " id INTEGER PRIMARY KEY AUTOINCREMENT,"
      " app_id BIGINT NOT NULL REFERENCES apps (id),"
      " request TEXT NOT NULL,"
      " cut_off BIGINT NOT NULL,"
      " sealed_url TEXT,"
      " state TEXT NOT NULL CHECK (state IN ('Queued', 'Started', 'Succeeded', 'Failed')),"
      " created BIGINT NOT NULL,"
      " started BIGINT,"
      " completed BIGINT,"
      " error_details TEXT,"
      " outcome TEXT)",
      "CREATE INDEX export_tasks_by_app ON export_tasks (app_id, id)",
      "CREATE INDEX export_tasks_unfinished ON export_tasks (id) WHERE state IN ('Queued', 'Started')",
  };
}

Migration Checkpoints() {
  return {
      // A Started task with a time here waits so long for another container URL.
      "ALTER TABLE export_tasks ADD COLUMN waiting_until BIGINT",
      // Whether staged_files has all files of the task, numbered from 0; file is JSON (task_json.h).
      "ALTER TABLE export_tasks ADD COLUMN all_staged BIGINT NOT NULL DEFAULT 0",
      "CREATE TABLE staged_files ("
      " task_id BIGINT NOT NULL REFERENCES export_tasks (id),"
      " number BIGINT NOT NULL,"
      " file TEXT NOT NULL,"
      " PRIMARY KEY (task_id, number))",
  };
}

Migration Campaigns() {
  return {
      // kind is a CampaignType; name_folded is for search; content is JSON (model/campaign_content.h),
      // and starts and ends are its times. What a campaign is follows from activated, finished, starts
      // and ends (Campaign::StateAt).
      "CREATE TABLE campaigns ("
      " id INTEGER PRIMARY KEY AUTOINCREMENT,"
      " app_id BIGINT NOT NULL REFERENCES apps (id),"
      " kind BIGINT NOT NULL,"
      " name TEXT NOT NULL,"
      " name_folded TEXT NOT NULL,"
      " content TEXT NOT NULL,"
      " starts BIGINT,"
      " ends BIGINT,"
      " activated BIGINT,"
      " finished BIGINT,"
      " UNIQUE (app_id, kind, name))",
      "CREATE INDEX campaigns_running ON campaigns (app_id, id)"
      " WHERE activated IS NOT NULL AND finished IS NULL",
  };
}

Migration Pushes() {
  return {
      // model/campaign_push.h. campaign_id is that of the test in tests; device is hex. AUTOINCREMENT,
      // for ids of tests are made of those of pushes.
      "CREATE TABLE pushes ("
      " id INTEGER PRIMARY KEY AUTOINCREMENT,"
      " kind BIGINT NOT NULL,"
      " content TEXT NOT NULL,"
      " expires BIGINT NOT NULL)",
      "CREATE INDEX pushes_by_end ON pushes (expires)",
      "CREATE TABLE pushed_devices ("
      " app_id BIGINT NOT NULL REFERENCES apps (id),"
      " device TEXT NOT NULL,"
      " campaign_id BIGINT NOT NULL,"
      " push_id BIGINT NOT NULL REFERENCES pushes (id),"
      " flags BIGINT NOT NULL,"
      " last BIGINT NOT NULL,"
      " PRIMARY KEY (app_id, device, campaign_id))",
      "CREATE INDEX pushed_devices_by_push ON pushed_devices (push_id)",
  };
}

Migration ImportTasks() {
  return {
      // sealed_url as of export_tasks.
      "CREATE TABLE import_tasks ("
      " id INTEGER PRIMARY KEY AUTOINCREMENT,"
      " app_id BIGINT NOT NULL REFERENCES apps (id),"
      " storage_url TEXT NOT NULL,"
      " sealed_url TEXT,"
      " state TEXT NOT NULL CHECK (state IN ('Queued', 'Started', 'Succeeded', 'Failed')),"
      " created BIGINT NOT NULL,"
      " completed BIGINT,"
      " error_details TEXT)",
      "CREATE INDEX import_tasks_by_app ON import_tasks (app_id, id)",
      "CREATE INDEX import_tasks_unfinished ON import_tasks (id) WHERE state IN ('Queued', 'Started')",
  };
}

Migration StorageWaits() {
  return {
      // What a task with a time in waiting_until waits for (WaitsFor); NULL, of older servers: 'Credential'.
      // Import tasks wait for their storage alone.
      "ALTER TABLE export_tasks ADD COLUMN waiting_for TEXT",
      "ALTER TABLE import_tasks ADD COLUMN waiting_until BIGINT",
  };
}

Migration BlockReceipts() {
  return {
      // JSON (task_json.h); not NULL: all files of the task are in staged_files, too.
      "ALTER TABLE export_tasks ADD COLUMN staged_manifest TEXT",
      // Tasks that may have committed files: Restarts() needs to know them.
      "UPDATE export_tasks SET staged_manifest = '' WHERE all_staged = 1",
      "ALTER TABLE export_tasks DROP COLUMN all_staged",
      // Without receipts of their blocks, so that they cannot be committed: their tasks start over.
      "DELETE FROM staged_files",
  };
}

Migration Restarts() {
  return {
      // Checkpoint::restarts.
      "ALTER TABLE export_tasks ADD COLUMN restarts BIGINT NOT NULL DEFAULT 0",
      "UPDATE export_tasks SET restarts = 1, staged_manifest = NULL WHERE staged_manifest = ''",
  };
}

const std::vector<Migration>& All() {
  static const std::vector<Migration> all{Apps(),         ExportTasks(),   Checkpoints(),
                                          Campaigns(),    Pushes(),        ImportTasks(),
                                          StorageWaits(), BlockReceipts(), Restarts()};
  return all;
}

}  // namespace

std::span<const Migration> SqliteMigrations() { return All(); }

}  // namespace rawhaul
