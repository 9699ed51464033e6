#include "client/task_text.h"

#include <gtest/gtest.h>

namespace rawhaul::client {
namespace {

ExportTask MakeTask(uint64_t id, TaskState state) {
  ExportTask task;
  task.id = id;
  task.state = state;
  task.created = *ParseTimestamp("2016-05-01T10:00:00.518Z");
  task.request.days = DayRange{*ParseDay("2016-04-01"), *ParseDay("2016-04-30")};
  return task;
}

TEST(TaskTextTest, TasksStandInAlignedColumns) {
  ExportTask failed = MakeTask(9, TaskState::kFailed);
  failed.error_details = "ContainerNotFound: it is\ngone";
  ExportTask running = MakeTask(10, TaskState::kStarted);
  running.request.type = ExportType::kTag;
  running.request.days.reset();
  running.request.description = "mine";
  running.progress = {.rows = 1234567, .bytes = 1 << 20, .percent = 53.4};
  ExportTask waiting = MakeTask(11, TaskState::kStarted);
  waiting.wait = TaskWait{WaitsFor::kCredential, waiting.created};
  const std::vector<ServerTask> tasks{{waiting, ""}, {running, ""}, {failed, ""}};
  EXPECT_EQ(TaskTable(tasks),
            "ID  TYPE   STATE    CREATED                    ROWS     SIZE  ABOUT\n"
            "11  Event  Waiting  2016-05-01 10:00:00Z          0      0 B  2016-04-01 to 2016-04-30\n"
            "10  Tag    53%      2016-05-01 10:00:00Z  1,234,567  1.0 MiB  mine\n"
            " 9  Event  Failed   2016-05-01 10:00:00Z          0      0 B  2016-04-01 to 2016-04-30; "
            "ContainerNotFound: it is?gone\n");
}

TEST(TaskTextTest, FilesHaveRowsSizeAndTotals) {
  ExportTask task = MakeTask(9, TaskState::kSucceeded);
  EXPECT_EQ(FileTable(task), "");
  task.files = {{.name = "a_00001.csv", .rows = 1500, .bytes = 2048, .sha256 = "", .first = {}, .last = {}},
                {.name = "a_00002.csv", .rows = 2, .bytes = 10, .sha256 = "", .first = {}, .last = {}}};
  task.manifest = "a.manifest.json";
  EXPECT_EQ(FileTable(task),
            " ROWS     SIZE  FILE\n"
            "1,500  2.0 KiB  a_00001.csv\n"
            "    2     10 B  a_00002.csv\n"
            "                a.manifest.json\n"
            "1,502 rows, 2.0 KiB in 2 files\n");
}

TEST(TaskTextTest, ATaskInDetailSaysWhatIsKnown) {
  ExportTask task = MakeTask(9, TaskState::kStarted);
  task.wait = TaskWait{WaitsFor::kCredential, task.created};
  task.error_details = "AuthenticationFailed";
  EXPECT_EQ(TaskDetails(task),
            "task      9\n"
            "type      Event\n"
            "days      2016-04-01 to 2016-04-30\n"
            "format    JsonBlob, compression None\n"
            "state     Started\n"
            "error     AuthenticationFailed\n"
            "waits     for another container URL until 2016-05-01 10:00:00Z: rawhaul tasks renew 9 "
            "--container URL\n"
            "created   2016-05-01 10:00:00Z\n"
            "progress  0%, 0 rows, 0 B\n");
  task.wait->what = WaitsFor::kStorage;
  EXPECT_NE(TaskDetails(task).find("waits     for the storage to answer until 2016-05-01 10:00:00Z; it is "),
            std::string::npos);
}

}  // namespace
}  // namespace rawhaul::client
