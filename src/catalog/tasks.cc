#include <fmt/format.h>
#include <soci/soci.h>

#include <initializer_list>

#include "base/encoding.h"
#include "catalog/sqlite_catalog.h"
#include "catalog/task_json.h"
#include "catalog/task_order.h"
#include "catalog/transaction.h"

namespace rawhaul {
namespace {

constexpr std::string_view kUnfinished = "state IN ('Queued', 'Started')";
constexpr std::string_view kWaitsNoMore = "waiting_until = NULL, waiting_for = NULL, error_details = NULL";

struct TaskRow {
  long long id = 0;
  long long app = 0;
  std::string request;
  long long cut_off = 0;
  std::string state;
  long long created = 0;
  long long started = 0;
  soci::indicator has_started = soci::i_null;
  long long completed = 0;
  soci::indicator has_completed = soci::i_null;
  std::string error_details;
  soci::indicator has_error_details = soci::i_null;
  std::string outcome;
  soci::indicator has_outcome = soci::i_null;
  long long waiting_until = 0;
  soci::indicator is_waiting = soci::i_null;
  std::string waiting_for;
  soci::indicator has_waiting_for = soci::i_null;
};

std::optional<Timestamp> ToTime(long long millis, soci::indicator indicator) {
  if (indicator == soci::i_null) return std::nullopt;
  return FromMillis(millis);
}

tl::unexpected<Error> Damaged(const TaskRow& row, std::string_view what) {
  return Fail(ErrorCode::kDataLoss, fmt::format("the export task {} has no {} that is known", row.id, what));
}

Result<std::optional<TaskWait>> ToWait(const TaskRow& row) {
  const auto until = ToTime(row.waiting_until, row.is_waiting);
  if (!until) return std::nullopt;
  if (row.has_waiting_for == soci::i_null) return TaskWait{WaitsFor::kCredential, *until};
  const auto what = ParseWaitsFor(row.waiting_for);
  if (!what) return Damaged(row, "wait");
  return TaskWait{*what, *until};
}

Result<ExportTask> ToTask(const TaskRow& row) {
  ExportTask task;
  task.id = static_cast<uint64_t>(row.id);
  RAWHAUL_ASSIGN(task.request, RequestFromJson(row.request));
  task.request.app = static_cast<uint32_t>(row.app);
  task.cut_off = static_cast<uint64_t>(row.cut_off);
  const std::optional<TaskState> state = ParseTaskState(row.state);
  if (!state) return Damaged(row, "state");
  task.state = *state;
  task.created = FromMillis(row.created);
  task.started = ToTime(row.started, row.has_started);
  task.completed = ToTime(row.completed, row.has_completed);
  if (row.has_error_details == soci::i_ok) task.error_details = row.error_details;
  RAWHAUL_ASSIGN(task.wait, ToWait(row));
  if (row.has_outcome == soci::i_ok) RAWHAUL_TRY(OutcomeFromJson(row.outcome, task));
  return task;
}

// `tail` is what follows FROM export_tasks; `values` belong to its parameters, in order. `take` is given each
// task, or why it cannot be read, and the first error that it returns ends it.
Status ForEach(soci::session& sql, std::string_view tail, std::initializer_list<long long> values,
               const TakeTask<ExportTask>& take) {
  TaskRow row;
  soci::statement statement(sql);
  for (const long long& value : values) statement.exchange(soci::use(value));
  statement.exchange(soci::into(row.id));
  statement.exchange(soci::into(row.app));
  statement.exchange(soci::into(row.request));
  statement.exchange(soci::into(row.cut_off));
  statement.exchange(soci::into(row.state));
  statement.exchange(soci::into(row.created));
  statement.exchange(soci::into(row.started, row.has_started));
  statement.exchange(soci::into(row.completed, row.has_completed));
  statement.exchange(soci::into(row.error_details, row.has_error_details));
  statement.exchange(soci::into(row.outcome, row.has_outcome));
  statement.exchange(soci::into(row.waiting_until, row.is_waiting));
  statement.exchange(soci::into(row.waiting_for, row.has_waiting_for));
  statement.alloc();
  statement.prepare(
      fmt::format("SELECT id, app_id, request, cut_off, state, created, started, completed,"
                  " error_details, outcome, waiting_until, waiting_for FROM export_tasks {}",
                  tail));
  statement.define_and_bind();
  statement.execute();
  while (statement.fetch()) RAWHAUL_TRY(take(ToTask(row)));
  return {};
}

Result<std::vector<ExportTask>> Select(soci::session& sql, std::string_view tail,
                                       std::initializer_list<long long> values) {
  std::vector<ExportTask> tasks;
  RAWHAUL_TRY(ForEach(sql, tail, values, AllInto(tasks)));
  return tasks;
}

tl::unexpected<Error> NoSuchTask(uint64_t id) {
  return Fail(ErrorCode::kNotFound, fmt::format("there is no export task {}", id));
}

// Why an UPDATE of an unfinished task `id` met no row. States only go forward, so this look comes never too
// late.
Status ExplainRefusal(soci::session& sql, uint64_t id) {
  const auto key = static_cast<long long>(id);
  std::string state;
  sql << "SELECT state FROM export_tasks WHERE id = :id", soci::use(key), soci::into(state);
  if (!sql.got_data()) return NoSuchTask(id);
  return Fail(ErrorCode::kConflict, fmt::format("the export task {} has ended: {}", id, state));
}

struct Update {
  std::string_view assignments;
  std::optional<Timestamp> when = std::nullopt;  // the value of :when in them
  const std::string* text = nullptr;             // that of :text
  bool drops_checkpoint = false;
};

// One UPDATE with the condition in it, so that of two that end a task at once exactly one succeeds.
Status UpdateUnfinished(soci::session& sql, uint64_t id, const Update& update) {
  const auto key = static_cast<long long>(id);
  const long long millis = update.when ? ToMillis(*update.when) : 0;
  soci::statement statement(sql);
  if (update.when) statement.exchange(soci::use(millis, "when"));
  if (update.text != nullptr) statement.exchange(soci::use(*update.text, "text"));
  statement.exchange(soci::use(key, "id"));
  statement.alloc();
  statement.prepare(
      fmt::format("UPDATE export_tasks SET {} WHERE id = :id AND {}", update.assignments, kUnfinished));
  statement.define_and_bind();
  statement.execute(true);
  if (statement.get_affected_rows() > 0) return {};
  return ExplainRefusal(sql, id);
}

void InsertStaged(soci::session& sql, uint64_t task, const std::string& file) {
  const auto key = static_cast<long long>(task);
  sql << "INSERT INTO staged_files (task_id, number, file)"
         " SELECT :id, COUNT(*), :file FROM staged_files WHERE task_id = :id",
      soci::use(key, "id"), soci::use(file, "file");
}

Result<std::vector<StagedFile>> SelectStaged(soci::session& sql, long long task) {
  std::string file;
  soci::statement statement =
      (sql.prepare << "SELECT file FROM staged_files WHERE task_id = :id ORDER BY number", soci::use(task),
       soci::into(file));
  statement.execute();
  std::vector<StagedFile> files;
  while (statement.fetch()) {
    RAWHAUL_ASSIGN(StagedFile staged, StagedFileFromJson(file));
    files.push_back(std::move(staged));
  }
  return files;
}

class Tasks final : public TaskCatalog {
 public:
  explicit Tasks(Database& database) : database_(database) {}

  Result<uint64_t> Create(const ExportRequest& request, uint64_t cut_off, std::string_view sealed_url,
                          Timestamp created) override {
    const std::string request_json = RequestToJson(request);
    const std::string sealed = Base64Encode(sealed_url);
    const auto app = static_cast<long long>(request.app);
    const auto sequence = static_cast<long long>(cut_off);
    const long long millis = ToMillis(created);
    return database_.Run([&](soci::session& sql) -> Result<uint64_t> {
      sql << "INSERT INTO export_tasks (app_id, request, cut_off, sealed_url, state, created)"
             " VALUES (:app, :request, :cut_off, :sealed_url, 'Queued', :created)",
          soci::use(app), soci::use(request_json), soci::use(sequence), soci::use(sealed), soci::use(millis);
      long long id = 0;
      sql.get_last_insert_id("export_tasks", id);
      return static_cast<uint64_t>(id);
    });
  }

  Result<std::optional<ExportTask>> Find(uint32_t app, uint64_t id) override {
    return database_.Run([&](soci::session& sql) -> Result<std::optional<ExportTask>> {
      RAWHAUL_ASSIGN(std::vector<ExportTask> tasks,
                     Select(sql, "WHERE app_id = :app AND id = :id", {app, static_cast<long long>(id)}));
      if (tasks.empty()) return std::nullopt;
      return std::move(tasks.front());
    });
  }

  Result<std::vector<ExportTask>> List(uint32_t app, const Page& page) override {
    const std::string tail = fmt::format("WHERE app_id = :app ORDER BY {} LIMIT :top OFFSET :skip",
                                         OrderBy(page.order, page.descending));
    return database_.Run([&](soci::session& sql) {
      return Select(sql, tail, {app, ToLimit(page.top), ToLimit(page.skip)});
    });
  }

  Result<std::vector<ExportTask>> ListUnfinished() override {
    const std::string tail = fmt::format("WHERE {} ORDER BY id", kUnfinished);
    return database_.Run([&](soci::session& sql) -> Result<std::vector<ExportTask>> {
      std::vector<ExportTask> tasks;
      RAWHAUL_TRY(ForEach(sql, tail, {}, ReadableInto(tasks)));
      return tasks;
    });
  }

  Result<std::string> SealedUrl(uint64_t id) override {
    return database_.Run([&](soci::session& sql) -> Result<std::string> {
      const auto key = static_cast<long long>(id);
      std::string sealed;
      soci::indicator indicator = soci::i_null;
      sql << "SELECT sealed_url FROM export_tasks WHERE id = :id", soci::use(key),
          soci::into(sealed, indicator);
      if (!sql.got_data()) return NoSuchTask(id);
      if (indicator == soci::i_null) {
        return Fail(ErrorCode::kConflict,
                    fmt::format("the export task {} has ended: its container URL is wiped", id));
      }
      std::optional<std::string> bytes = Base64Decode(sealed);
      if (!bytes)
        return Fail(ErrorCode::kDataLoss, fmt::format("the container URL of export task {} is damaged", id));
      return *std::move(bytes);
    });
  }

  Status ReplaceSealedUrl(uint64_t id, std::string_view sealed_url) override {
    const std::string sealed = Base64Encode(sealed_url);
    const std::string assignments = fmt::format("sealed_url = :text, {}", kWaitsNoMore);
    return Change(id, {.assignments = assignments, .text = &sealed});
  }

  Status SaveStaged(uint64_t id, std::span<const StagedFile> files, const StagedBlob* manifest) override {
    const std::string manifest_json = manifest == nullptr ? "" : StagedBlobToJson(*manifest);
    const std::string assignments = fmt::format("staged_manifest = NULLIF(:text, ''), {}", kWaitsNoMore);
    return InTransaction([&](soci::session& sql) -> Status {
      // First: files are added to tasks that have not ended only.
      RAWHAUL_TRY(UpdateUnfinished(sql, id, {.assignments = assignments, .text = &manifest_json}));
      for (const StagedFile& staged : files) InsertStaged(sql, id, StagedFileToJson(staged));
      return {};
    });
  }

  Result<Checkpoint> LoadCheckpoint(uint64_t id) override {
    const auto key = static_cast<long long>(id);
    return database_.Run([&](soci::session& sql) -> Result<Checkpoint> {
      Checkpoint checkpoint;
      std::string manifest;
      soci::indicator indicator = soci::i_null;
      long long restarts = 0;
      sql << "SELECT staged_manifest, restarts FROM export_tasks WHERE id = :id", soci::use(key),
          soci::into(manifest, indicator), soci::into(restarts);
      checkpoint.restarts = static_cast<unsigned>(restarts);
      if (sql.got_data() && indicator == soci::i_ok) {
        RAWHAUL_ASSIGN(checkpoint.manifest, StagedBlobFromJson(manifest));
      }
      RAWHAUL_ASSIGN(checkpoint.files, SelectStaged(sql, key));
      return checkpoint;
    });
  }

  Status DropCheckpoint(uint64_t id) override {
    return Change(id, {.assignments = "restarts = restarts + (staged_manifest IS NOT NULL),"
                                      " staged_manifest = NULL",
                       .drops_checkpoint = true});
  }

  Status MarkStarted(uint64_t id, Timestamp when) override {
    // A task that a stopped server left keeps the time of its first start.
    return Change(id, {.assignments = "state = 'Started', started = COALESCE(started, :when)", .when = when});
  }

  Status MarkWaiting(uint64_t id, const TaskWait& wait, std::string_view error_details) override {
    const std::string details(error_details);
    const std::string assignments =
        fmt::format("waiting_until = :when, waiting_for = '{}', error_details = :text", ToString(wait.what));
    return Change(id, {.assignments = assignments, .when = wait.until, .text = &details});
  }

  Status MarkSucceeded(uint64_t id, Timestamp when, const Progress& progress,
                       const std::vector<ExportedFile>& files, std::string_view manifest) override {
    const std::string outcome = OutcomeToJson(progress, files, manifest);
    const std::string assignments = fmt::format(
        "state = 'Succeeded', completed = :when, sealed_url = NULL, staged_manifest = NULL,"
        " outcome = :text, {}",
        kWaitsNoMore);
    return Change(id, {.assignments = assignments, .when = when, .text = &outcome, .drops_checkpoint = true});
  }

  Status MarkFailed(uint64_t id, Timestamp when, std::string_view error_details) override {
    const std::string details(error_details);
    return Change(id, {.assignments = "state = 'Failed', completed = :when, sealed_url = NULL,"
                                      " waiting_until = NULL, staged_manifest = NULL, error_details = :text",
                       .when = when,
                       .text = &details,
                       .drops_checkpoint = true});
  }

 private:
  // `work` returns a Status; what it did stays only if that is good.
  template <typename Work>
  Status InTransaction(const Work& work) {
    return database_.Run([&](soci::session& sql) -> Status {
      WriteTransaction transaction(sql);
      RAWHAUL_TRY(work(sql));
      transaction.Commit();
      return {};
    });
  }

  Status Change(uint64_t id, const Update& update) {
    return InTransaction([&](soci::session& sql) -> Status {
      RAWHAUL_TRY(UpdateUnfinished(sql, id, update));
      const auto key = static_cast<long long>(id);
      if (update.drops_checkpoint) sql << "DELETE FROM staged_files WHERE task_id = :id", soci::use(key);
      return {};
    });
  }

  Database& database_;
};

}  // namespace

std::unique_ptr<TaskCatalog> MakeTaskCatalog(Database& database) { return std::make_unique<Tasks>(database); }

}  // namespace rawhaul
