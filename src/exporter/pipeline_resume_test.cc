// Runs that go on from what an earlier one staged or committed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "exporter/pipeline_fixture_testing.h"

namespace rawhaul {
namespace {

using testing::IsEmpty;

// A source that begins behind `after` of another one.
class RestOfNumbers final : public ExportSource {
 public:
  RestOfNumbers(std::shared_ptr<const NumberSource> all, RecordPosition after)
      : all_(std::move(all)), after_(after) {}
  size_t pieces() const override { return all_->pieces() - after_.hour; }
  uint64_t EstimateBytes(size_t piece) const override { return all_->EstimateBytes(piece); }
  Result<std::unique_ptr<PieceReader>> Open(size_t piece) const override {
    RAWHAUL_ASSIGN(auto reader, all_->Open(after_.hour + piece));
    ByteBuffer skipped;
    for (uint64_t row = 0; piece == 0 && row < after_.sequence; ++row) {
      RAWHAUL_TRY(reader->Fill(skipped, skipped.size() + 1));
    }
    return reader;
  }

 private:
  const std::shared_ptr<const NumberSource> all_;
  const RecordPosition after_;
};

size_t BlocksOf(const std::vector<StagedFile>& files) {
  size_t blocks = 0;
  for (const StagedFile& staged : files) blocks += staged.blocks.size();
  return blocks;
}

TEST_F(PipelineTest, AnInterruptedRunIsFinishedFromTheFilesThatItStaged) {
  task_.request.max_file_bytes = 1024;
  const auto source = std::make_shared<NumberSource>(30, 40);
  const auto container = MakeMemoryContainer(storage_, "prefix/");
  storage_.FailStageBlock(20, Error{ErrorCode::kUnavailable, "the server dies here"});
  ASSERT_FALSE(Stage({}, *container, memory_, source, progress_));
  ASSERT_FALSE(saved_.manifest);
  const std::vector<StagedFile> done = saved_.files;
  ASSERT_FALSE(done.empty());
  const size_t calls = storage_.stage_calls();
  const auto rest = std::make_shared<RestOfNumbers>(source, *done.back().end);
  const auto staged = Stage(done, *container, memory_, rest, progress_);
  ASSERT_TRUE(staged) << staged.error().message;
  EXPECT_TRUE(saved_.manifest);
  EXPECT_EQ(saved_.files.size(), staged->files.size());
  EXPECT_EQ(progress_.Read().rows, 1200u);
  EXPECT_EQ(storage_.stage_calls() - calls, BlocksOf(staged->files) - BlocksOf(done) + 1)
      << "what was staged is not staged again; the manifest is";
  const auto outcome = CommitExport(task_, *staged, false, *container, {});
  ASSERT_TRUE(outcome);
  EXPECT_EQ(ReadBack(*outcome), source->Expected());
}

TEST_F(PipelineTest, OnlyFilesWhoseBlocksAreAllStagedAreSaved) {
  task_.request.max_file_bytes = 1024;
  parallel_uploads_ = 20;  // of several files
  storage_.Hold();
  auto run = std::async(std::launch::async, [this] { return Run(std::make_shared<NumberSource>(30, 40)); });
  storage_.WaitForHeld(20);
  stop_.request_stop();
  ASSERT_FALSE(run.get());
  EXPECT_THAT(saved_.files, IsEmpty());
}

TEST_F(PipelineTest, WhatIsCommittedCanBeCommittedAgain) {
  task_.request.max_file_bytes = 1024;
  const auto source = std::make_shared<NumberSource>(30, 40);
  storage_.FailCommit(3, Error{ErrorCode::kUnavailable, "the server dies here"});
  ASSERT_FALSE(Run(source));
  ASSERT_TRUE(saved_.manifest);
  for (int i = 0; i < 2; ++i) {
    const auto outcome = CommitExport(task_, saved_, true, *MakeMemoryContainer(storage_, "prefix/"), {});
    ASSERT_TRUE(outcome) << outcome.error().message;
    EXPECT_EQ(ReadBack(*outcome), source->Expected());
  }
}

TEST_F(PipelineTest, AnExportThatWouldReplaceABlobFailsAndChangesNothing) {
  const auto source = std::make_shared<NumberSource>(5, 20);
  for (const char* name : {".jsonl", ".manifest.json"}) {
    MemoryStorage storage;
    storage.Put(kStem + std::string(name), "of another server");
    const auto outcome = RunIn(storage, memory_, source, progress_);
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().reason, kBlobAlreadyExists);
    EXPECT_THAT(outcome.error().message, testing::HasSubstr(kStem + std::string(name)));
    EXPECT_EQ(storage.Read(kStem + std::string(name)), "of another server");
  }
}

}  // namespace
}  // namespace rawhaul
