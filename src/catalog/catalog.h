// What the server knows beside the data: apps, clients, campaigns, export tasks. Small, transactional, shared
// by processes: the commands work on it while a server runs. Thread-safe. Every call may fail with
// kUnavailable and the reason DiskFull or DiskError while the disk does not take it, and works again when the
// disk does.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "model/app.h"
#include "model/campaign.h"
#include "model/campaign_push.h"
#include "model/export_task.h"
#include "model/import_task.h"

namespace rawhaul {

class AppCatalog {
 public:
  virtual ~AppCatalog() = default;
  // `key_id` is the public part of the collect key, `key_hash` a hash of its secret part. kConflict
  // when an app with this path exists, kInvalidArgument for names and platforms that names.h does not take.
  virtual Result<App> Create(const AppPath& path, std::string_view platform, std::string_view key_id,
                             std::string_view key_hash, Timestamp created) = 0;
  virtual Result<std::optional<App>> Find(const AppPath& path) = 0;  // without regard to case
  struct AppWithKey {
    App app;
    std::string key_hash;
  };
  virtual Result<std::optional<AppWithKey>> FindByKeyId(std::string_view key_id) = 0;
  // Where the hash of the key is `from`; else nothing changes.
  virtual Status ReplaceKeyHash(std::string_view key_id, std::string_view from, std::string_view to) = 0;
  virtual Result<std::vector<App>> List(std::string_view subscription) = 0;
};

class ClientCatalog {
 public:
  virtual ~ClientCatalog() = default;
  // kConflict when a client with this id exists.
  virtual Status Create(const Client& client, std::string_view secret_hash, Timestamp created) = 0;
  struct ClientWithSecret {
    Client client;
    std::string secret_hash;
  };
  // Without regard to case.
  virtual Result<std::optional<ClientWithSecret>> Find(std::string_view tenant,
                                                       std::string_view client_id) = 0;
  // Where the hash of the client's secret is `from`; else nothing changes.
  virtual Status ReplaceSecretHash(std::string_view client_id, std::string_view from,
                                   std::string_view to) = 0;
};

enum class CampaignOrder { kId, kName, kState, kActivated, kFinished };

class CampaignCatalog {
 public:
  virtual ~CampaignCatalog() = default;
  // Stores a draft. kConflict with the reason CampaignNameTaken when the app has one of this kind and name.
  virtual Result<Campaign> Create(uint32_t app, CampaignType kind, const CampaignContent& content) = 0;
  virtual Result<std::optional<Campaign>> Find(const CampaignKey& key) = 0;
  virtual Result<std::optional<Campaign>> FindByName(uint32_t app, CampaignType kind,
                                                     std::string_view name) = 0;
  struct Page {
    uint64_t skip = 0;
    uint64_t top = UINT64_MAX;
    CampaignOrder order = CampaignOrder::kId;
    bool descending = false;
    std::optional<CampaignState> state = std::nullopt;
    std::string search = {};  // in names, without regard to case
  };
  // As of `now`. Ties are broken by id, ascending, so that pages never overlap. Campaigns without a value to
  // sort by come last.
  virtual Result<std::vector<Campaign>> List(uint32_t app, CampaignType kind, const Page& page,
                                             Timestamp now) = 0;

  // What clients do to campaigns. kNotFound when there is none, else refused as CheckAllowed() of the model
  // does, and Activate also as CheckSupported() of the audience. Of clients that do so at once one wins, and
  // the others meet what it made. All but Delete return what became of the campaign.
  virtual Result<Campaign> Update(const CampaignKey& key, const CampaignContent& content, Timestamp now) = 0;
  virtual Result<Campaign> Activate(const CampaignKey& key, Timestamp now) = 0;
  virtual Result<Campaign> Suspend(const CampaignKey& key, Timestamp now) = 0;
  virtual Result<Campaign> Finish(const CampaignKey& key, Timestamp now) = 0;
  virtual Status Delete(const CampaignKey& key, Timestamp now) = 0;

  // The campaigns of an app, of all kinds, that are scheduled or in progress at `now`, by id; some may have
  // ended since they were read, so ask StateAt(). From memory, as every device asks: read again after a
  // change only.
  using Campaigns = std::shared_ptr<const std::vector<Campaign>>;
  virtual Result<Campaigns> ListRunning(uint32_t app, Timestamp now) = 0;

  struct Period {
    uint64_t id = 0;
    Timestamp begin;
    std::optional<Timestamp> end;
  };
  // When the campaigns of a kind are, were, or will be in progress; drafts are left out.
  virtual Result<std::vector<Period>> ListPeriods(uint32_t app, CampaignType kind) = 0;
};

class PushCatalog {
 public:
  virtual ~PushCatalog() = default;
  // Waits for all of `devices` from now on, in place of an earlier push of the campaign. What has expired by
  // `now` goes.
  virtual Status Push(uint32_t app, const CampaignPush& push, std::span<const PushedDevice> devices,
                      Timestamp now) = 0;
  // As Push, of a test; its campaign_id is not looked at. Returns the id that the test got: kFirstTestId or
  // more, never given twice.
  virtual Result<uint64_t> PushTest(uint32_t app, const CampaignPush& push, const Guid& device,
                                    Timestamp now) = 0;

  struct Waiting {
    CampaignPush push;
    PushedDevice device;
  };
  // What waits for the device and has not expired, oldest first. Every device asks, so that it is answered
  // from memory when nothing waits for any device of the app.
  virtual Result<std::vector<Waiting>> ListWaiting(uint32_t app, const Guid& device, Timestamp now) = 0;
  // What is not there has been removed.
  virtual Status Remove(uint32_t app, const Guid& device, uint64_t campaign_id) = 0;
};

enum class TaskOrder { kId, kState, kCreated, kCompleted, kErrorDetails };

class TaskCatalog {
 public:
  virtual ~TaskCatalog() = default;
  // Stores a Queued task and returns its id. `sealed_url` is the container URL, encrypted (SecretBox).
  virtual Result<uint64_t> Create(const ExportRequest& request, uint64_t cut_off, std::string_view sealed_url,
                                  Timestamp created) = 0;
  virtual Result<std::optional<ExportTask>> Find(uint32_t app, uint64_t id) = 0;
  struct Page {
    uint64_t skip = 0;
    uint64_t top = 20;
    TaskOrder order = TaskOrder::kId;
    bool descending = false;
  };
  // Ties are broken by id, ascending, so that pages never overlap. Tasks without a value to sort by come
  // last.
  virtual Result<std::vector<ExportTask>> List(uint32_t app, const Page& page) = 0;

  // Tasks to run, oldest first: Queued, and Started ones that a stopped server left. One that cannot be read
  // is left out, and logged: the others are not to wait for it.
  virtual Result<std::vector<ExportTask>> ListUnfinished() = 0;
  // kConflict once the task has ended.
  virtual Result<std::string> SealedUrl(uint64_t id) = 0;
  // A task that waited for it waits no more.
  virtual Status ReplaceSealedUrl(uint64_t id, std::string_view sealed_url) = 0;

  // What a run staged, for a later one to go on from. `files` come behind those that are saved; `manifest`
  // with the last ones, null before. A task that waited has come further, and waits no more.
  virtual Status SaveStaged(uint64_t id, std::span<const StagedFile> files, const StagedBlob* manifest) = 0;
  virtual Result<Checkpoint> LoadCheckpoint(uint64_t id) = 0;
  // The next run begins anew, and counts as a restart if a manifest was staged.
  virtual Status DropCheckpoint(uint64_t id) = 0;

  // State changes. Each is refused with kConflict when the task has already ended, with kNotFound when there
  // is none. A task that is started again keeps the time of its first start.
  virtual Status MarkStarted(uint64_t id, Timestamp when) = 0;
  // The task stays Started. `error_details` says why it waits.
  virtual Status MarkWaiting(uint64_t id, const TaskWait& wait, std::string_view error_details) = 0;
  virtual Status MarkSucceeded(uint64_t id, Timestamp when, const Progress& progress,
                               const std::vector<ExportedFile>& files, std::string_view manifest) = 0;
  virtual Status MarkFailed(uint64_t id, Timestamp when, std::string_view error_details) = 0;
  // The sealed URL and the checkpoint are wiped by MarkSucceeded and MarkFailed: an ended task needs no
  // access to the container.
};

class ImportCatalog {
 public:
  virtual ~ImportCatalog() = default;
  // Stores a Queued task and returns its id. `storage_url` is without its query; `sealed_url` is all of it,
  // encrypted (SecretBox).
  virtual Result<uint64_t> Create(uint32_t app, std::string_view storage_url, std::string_view sealed_url,
                                  Timestamp created) = 0;
  virtual Result<std::optional<ImportTask>> Find(uint32_t app, uint64_t id) = 0;
  // As of TaskCatalog.
  virtual Result<std::vector<ImportTask>> List(uint32_t app, const TaskCatalog::Page& page) = 0;
  virtual Result<std::vector<ImportTask>> ListUnfinished() = 0;  // as of TaskCatalog
  // kConflict once the task has ended.
  virtual Result<std::string> SealedUrl(uint64_t id) = 0;

  virtual Status MarkStarted(uint64_t id) = 0;
  // The task stays Started until its storage answers. `error_details` says why it waits.
  virtual Status MarkWaiting(uint64_t id, Timestamp until, std::string_view error_details) = 0;
  // Ends the task as kSucceeded or kFailed, and wipes its sealed URL. kConflict when it had ended, kNotFound
  // when there is none.
  virtual Status MarkEnded(uint64_t id, TaskState state, Timestamp when,
                           const std::optional<std::string>& error_details) = 0;
};

class Catalog {
 public:
  virtual ~Catalog() = default;
  virtual AppCatalog& apps() = 0;
  virtual ClientCatalog& clients() = 0;
  virtual CampaignCatalog& campaigns() = 0;
  virtual PushCatalog& pushes() = 0;
  virtual TaskCatalog& tasks() = 0;
  virtual ImportCatalog& imports() = 0;
  // kUnavailable when the database does not take what is written; for /readyz.
  virtual Status CheckWritable() = 0;
};

// What becomes of a catalog of an older program. Its servers work by its schema: their statements fail once
// it is another one.
enum class OldSchema {
  kRefuse,   // kConflict, reason kOldSchema; nothing is changed
  kMigrate,  // REQUIRES that no server has it open. Several processes may do so at once
};
inline constexpr std::string_view kOldSchema = "OldSchema";

// SQLite in `file`, made when missing. kConflict for a schema newer than this program, kDataLoss for a
// damaged file, kInternal where no file can be made.
Result<std::unique_ptr<Catalog>> OpenSqliteCatalog(const std::filesystem::path& file, OldSchema old);

}  // namespace rawhaul
