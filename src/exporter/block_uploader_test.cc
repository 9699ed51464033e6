#include "exporter/block_uploader.h"

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <stdexcept>
#include <string>

namespace rawhaul {
namespace {

constexpr unsigned kParallel = 2;
constexpr uint32_t kThrows = 999;
constexpr uint64_t kWindow = uint64_t{BlockUploader::kWindow} * kParallel;

// Holds its first block until it is told to end it, with an error or none. All others are staged at once.
class HoldingContainer final : public Container {
 public:
  void EndFirst(Status status) { first_.set_value(std::move(status)); }

  const std::string& prefix() const override { return prefix_; }
  Status CheckWritable(std::stop_token) override { return {}; }
  ContainerLimits limits() const override { return {}; }
  Result<BlockReceipt> StageBlock(std::string_view, uint32_t index, const ByteParts&,
                                  std::stop_token) override {
    if (index == kThrows) throw std::runtime_error("no memory");
    const Status status = index == 0 ? first_.get_future().get() : Status();
    if (!status) return Fail(status.error());
    return BlockReceipt{.id = std::to_string(index)};
  }
  Status Commit(const BlobCommit&, std::stop_token) override { return {}; }
  Status Discard(std::string_view) override { return {}; }

 private:
  const std::string prefix_;
  std::promise<Status> first_;
};

class BlockUploaderTest : public testing::Test {
 protected:
  Status Stage(uint32_t index) {
    std::vector<FileBytes> block;
    block.emplace_back(ByteBuffer());
    return uploader_.Stage("blob", index, std::move(block));
  }
  // All blocks that go past the first one, which is held.
  void FillWindow() {
    for (uint32_t i = 0; i < kWindow; ++i) ASSERT_TRUE(Stage(i));
  }

  HoldingContainer container_;
  BlockUploader uploader_{container_, kParallel, {}, [](uint64_t) {}};
};

TEST_F(BlockUploaderTest, ABlockThatTakesLongIsGonePastByAWindowOnly) {
  FillWindow();
  auto next = std::async(std::launch::async, [this] { return Stage(kWindow); });
  // It never returns before the first block has ended; the time is for one that would.
  const auto early = next.wait_for(std::chrono::milliseconds(20));
  container_.EndFirst({});
  EXPECT_TRUE(next.get());
  EXPECT_EQ(early, std::future_status::timeout);
  EXPECT_TRUE(uploader_.Drain());
  EXPECT_EQ(uploader_.Staged(), kWindow + 1);
  std::vector<BlockReceipt> receipts = uploader_.TakeReceipts(2);
  for (BlockReceipt& receipt : uploader_.TakeReceipts(kWindow - 1)) receipts.push_back(std::move(receipt));
  for (size_t i = 0; i <= kWindow; ++i) EXPECT_EQ(receipts[i].id, std::to_string(i)) << "in order";
}

TEST_F(BlockUploaderTest, AnErrorOfABlockLetsThoseThatWaitForItEnd) {
  FillWindow();
  auto next = std::async(std::launch::async, [this] { return Stage(kWindow); });
  container_.EndFirst(Fail(ErrorCode::kUnavailable, "no storage"));
  EXPECT_EQ(next.get().error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(uploader_.Drain().error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(uploader_.Staged(), 0u) << "blocks behind one that is missing";
}

TEST_F(BlockUploaderTest, WhatIsThrownIsAnErrorOfTheBlock) {
  ASSERT_TRUE(Stage(kThrows));
  const Status drained = uploader_.Drain();
  ASSERT_FALSE(drained);
  EXPECT_EQ(drained.error().code, ErrorCode::kInternal);
  EXPECT_EQ(uploader_.Staged(), 0u);
}

}  // namespace
}  // namespace rawhaul
