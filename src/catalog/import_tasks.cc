#include <fmt/format.h>
#include <soci/soci.h>

#include <initializer_list>

#include "base/encoding.h"
#include "catalog/sqlite_catalog.h"
#include "catalog/task_order.h"

namespace rawhaul {
namespace {

constexpr std::string_view kUnfinished = "state IN ('Queued', 'Started')";

tl::unexpected<Error> NoSuchTask(uint64_t id) {
  return Fail(ErrorCode::kNotFound, fmt::format("there is no import task {}", id));
}

struct ImportRow {
  long long id = 0;
  long long app = 0;
  std::string storage_url;
  std::string state;
  long long created = 0;
  long long completed = 0;
  soci::indicator has_completed = soci::i_null;
  std::string error_details;
  soci::indicator has_error_details = soci::i_null;
  long long waiting_until = 0;
  soci::indicator is_waiting = soci::i_null;
};

Result<ImportTask> ToTask(const ImportRow& row) {
  const std::optional<TaskState> state = ParseTaskState(row.state);
  if (!state)
    return Fail(ErrorCode::kDataLoss, fmt::format("the import task {} has no state that is known", row.id));
  ImportTask task{.id = static_cast<uint64_t>(row.id),
                  .app = static_cast<uint32_t>(row.app),
                  .storage_url = row.storage_url,
                  .state = *state,
                  .created = FromMillis(row.created),
                  .completed = std::nullopt,
                  .wait = std::nullopt,
                  .error_details = std::nullopt};
  if (row.has_completed == soci::i_ok) task.completed = FromMillis(row.completed);
  if (row.has_error_details == soci::i_ok) task.error_details = row.error_details;
  if (row.is_waiting == soci::i_ok) task.wait = TaskWait{WaitsFor::kStorage, FromMillis(row.waiting_until)};
  return task;
}

// `tail` is what follows FROM import_tasks; `values` belong to its parameters, in order. `take` is given each
// task, or why it cannot be read, and the first error that it returns ends it.
Status ForEach(soci::session& sql, std::string_view tail, std::initializer_list<long long> values,
               const TakeTask<ImportTask>& take) {
  ImportRow row;
  soci::statement statement(sql);
  for (const long long& value : values) statement.exchange(soci::use(value));
  statement.exchange(soci::into(row.id));
  statement.exchange(soci::into(row.app));
  statement.exchange(soci::into(row.storage_url));
  statement.exchange(soci::into(row.state));
  statement.exchange(soci::into(row.created));
  statement.exchange(soci::into(row.completed, row.has_completed));
  statement.exchange(soci::into(row.error_details, row.has_error_details));
  statement.exchange(soci::into(row.waiting_until, row.is_waiting));
  statement.alloc();
  statement.prepare(
      fmt::format("SELECT id, app_id, storage_url, state, created, completed, error_details, waiting_until"
                  " FROM import_tasks {}",
                  tail));
  statement.define_and_bind();
  statement.execute();
  while (statement.fetch()) RAWHAUL_TRY(take(ToTask(row)));
  return {};
}

Result<std::vector<ImportTask>> Select(soci::session& sql, std::string_view tail,
                                       std::initializer_list<long long> values) {
  std::vector<ImportTask> tasks;
  RAWHAUL_TRY(ForEach(sql, tail, values, AllInto(tasks)));
  return tasks;
}

// One UPDATE with the condition in it, so that of two that end a task at once exactly one succeeds.
Status ChangeUnfinished(soci::session& sql, uint64_t id, soci::statement& update) {
  update.execute(true);
  if (update.get_affected_rows() > 0) return {};
  const auto key = static_cast<long long>(id);
  std::string state;
  sql << "SELECT state FROM import_tasks WHERE id = :id", soci::use(key), soci::into(state);
  if (!sql.got_data()) return NoSuchTask(id);
  return Fail(ErrorCode::kConflict, fmt::format("the import task {} has ended: {}", id, state));
}

class Imports final : public ImportCatalog {
 public:
  explicit Imports(Database& database) : database_(database) {}

  Result<uint64_t> Create(uint32_t app, std::string_view storage_url, std::string_view sealed_url,
                          Timestamp created) override {
    const auto app_key = static_cast<long long>(app);
    const std::string url(storage_url);
    const std::string sealed = Base64Encode(sealed_url);
    const long long millis = ToMillis(created);
    return database_.Run([&](soci::session& sql) -> Result<uint64_t> {
      sql << "INSERT INTO import_tasks (app_id, storage_url, sealed_url, state, created)"
             " VALUES (:app, :url, :sealed, 'Queued', :created)",
          soci::use(app_key), soci::use(url), soci::use(sealed), soci::use(millis);
      long long id = 0;
      sql.get_last_insert_id("import_tasks", id);
      return static_cast<uint64_t>(id);
    });
  }

  Result<std::optional<ImportTask>> Find(uint32_t app, uint64_t id) override {
    return database_.Run([&](soci::session& sql) -> Result<std::optional<ImportTask>> {
      RAWHAUL_ASSIGN(std::vector<ImportTask> tasks,
                     Select(sql, "WHERE app_id = :app AND id = :id", {app, static_cast<long long>(id)}));
      if (tasks.empty()) return std::nullopt;
      return std::move(tasks.front());
    });
  }

  Result<std::vector<ImportTask>> List(uint32_t app, const TaskCatalog::Page& page) override {
    const std::string tail = fmt::format("WHERE app_id = :app ORDER BY {} LIMIT :top OFFSET :skip",
                                         OrderBy(page.order, page.descending));
    return database_.Run([&](soci::session& sql) {
      return Select(sql, tail, {app, ToLimit(page.top), ToLimit(page.skip)});
    });
  }

  Result<std::vector<ImportTask>> ListUnfinished() override {
    const std::string tail = fmt::format("WHERE {} ORDER BY id", kUnfinished);
    return database_.Run([&](soci::session& sql) -> Result<std::vector<ImportTask>> {
      std::vector<ImportTask> tasks;
      RAWHAUL_TRY(ForEach(sql, tail, {}, ReadableInto(tasks)));
      return tasks;
    });
  }

  Result<std::string> SealedUrl(uint64_t id) override {
    const auto key = static_cast<long long>(id);
    return database_.Run([&](soci::session& sql) -> Result<std::string> {
      std::string sealed;
      soci::indicator indicator = soci::i_null;
      sql << "SELECT sealed_url FROM import_tasks WHERE id = :id", soci::use(key),
          soci::into(sealed, indicator);
      if (!sql.got_data()) return NoSuchTask(id);
      if (indicator == soci::i_null)
        return Fail(ErrorCode::kConflict, fmt::format("the import task {} has ended: its URL is wiped", id));
      std::optional<std::string> bytes = Base64Decode(sealed);
      if (!bytes) return Fail(ErrorCode::kDataLoss, fmt::format("the URL of import task {} is damaged", id));
      return *std::move(bytes);
    });
  }

  Status MarkStarted(uint64_t id) override {
    const auto key = static_cast<long long>(id);
    return database_.Run([&](soci::session& sql) -> Status {
      soci::statement update =
          (sql.prepare << fmt::format("UPDATE import_tasks SET state = 'Started' WHERE id = :id AND {}",
                                      kUnfinished),
           soci::use(key));
      return ChangeUnfinished(sql, id, update);
    });
  }

  Status MarkWaiting(uint64_t id, Timestamp until, std::string_view error_details) override {
    const auto key = static_cast<long long>(id);
    const long long millis = ToMillis(until);
    const std::string details(error_details);
    return database_.Run([&](soci::session& sql) -> Status {
      soci::statement update = (sql.prepare << fmt::format("UPDATE import_tasks SET waiting_until = :until,"
                                                           " error_details = :details WHERE id = :id AND {}",
                                                           kUnfinished),
                                soci::use(millis), soci::use(details), soci::use(key));
      return ChangeUnfinished(sql, id, update);
    });
  }

  Status MarkEnded(uint64_t id, TaskState state, Timestamp when,
                   const std::optional<std::string>& error_details) override {
    const auto key = static_cast<long long>(id);
    const std::string state_text(ToString(state));
    const long long millis = ToMillis(when);
    const std::string details = error_details.value_or("");
    soci::indicator has_details = error_details ? soci::i_ok : soci::i_null;
    return database_.Run([&](soci::session& sql) -> Status {
      soci::statement update =
          (sql.prepare << fmt::format("UPDATE import_tasks SET state = :state, completed = :completed,"
                                      " error_details = :details, waiting_until = NULL, sealed_url = NULL"
                                      " WHERE id = :id AND {}",
                                      kUnfinished),
           soci::use(state_text), soci::use(millis), soci::use(details, has_details), soci::use(key));
      return ChangeUnfinished(sql, id, update);
    });
  }

 private:
  Database& database_;
};

}  // namespace

std::unique_ptr<ImportCatalog> MakeImportCatalog(Database& database) {
  return std::make_unique<Imports>(database);
}

}  // namespace rawhaul
