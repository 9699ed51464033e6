#include "exporter/file_writer.h"

#include <algorithm>
#include <utility>

#include "exporter/encoded_span.h"
#include "exporter/file_names.h"

namespace rawhaul {
namespace {

tl::unexpected<Error> WrongNumbering() {
  return Fail(ErrorCode::kConflict, "the number of files was guessed wrong", std::string(kWrongNumbering));
}

}  // namespace

FileWriter::FileWriter(const ExportTask& task, bool numbered, uint64_t block_bytes, const std::string& prefix,
                       BlockUploader& uploader)
    : task_(task),
      numbered_(numbered),
      block_bytes_(block_bytes),
      prefix_(prefix),
      uploader_(uploader),
      compressor_(MakeCompressor(task.request.compression)),
      frame_(FrameOf(task.request.type, task.request.format)) {}

Status FileWriter::Append(Segment segment) {
  const uint64_t needed = frame_.separator.size() + segment.plain_bytes + frame_.tail.size();
  if (is_open_ && plain_bytes_ + needed > task_.request.max_file_bytes) RAWHAUL_TRY(CloseFile());
  if (!is_open_) {
    if (!files_.empty() && !numbered_) return WrongNumbering();
    OpenFile();
    RAWHAUL_TRY(WriteText(frame_.head));
  } else {
    plain_bytes_ += frame_.separator.size();
    RAWHAUL_TRY(WriteText(frame_.separator));
  }
  plain_bytes_ += segment.plain_bytes;
  ExportedFile& file = files_.back().file;
  file.rows += segment.encoded.rows;
  Widen(file.first, file.last, segment.encoded);
  return Write(std::move(segment.packed));
}

Result<std::vector<StagedFile>> FileWriter::Finish() {
  if (files_.empty()) {
    OpenFile();
    RAWHAUL_TRY(WriteText(frame_.head));
  }
  if (is_open_) RAWHAUL_TRY(CloseFile());
  if (numbered_ && files_.size() == 1) return WrongNumbering();
  RAWHAUL_TRY(uploader_.Drain());
  return std::move(files_);
}

void FileWriter::OpenFile() {
  const auto number = numbered_ ? static_cast<unsigned>(files_.size() + 1) : 0;
  StagedFile staged;
  staged.blob = FileName(task_, number);
  staged.file.name = prefix_ + staged.blob;
  files_.push_back(std::move(staged));
  is_open_ = true;
  plain_bytes_ = frame_.head.size();
  hash_ = Sha256Stream();
}

Status FileWriter::CloseFile() {
  RAWHAUL_TRY(WriteText(frame_.tail));
  ExportedFile& file = files_.back().file;
  // Nothing at all is no valid gzip or zstd file; the compressed form of nothing is.
  if (file.bytes == 0 && task_.request.compression != Compression::kNone)
    RAWHAUL_TRY(Write(FileBytes(Pack(""))));
  if (!block_.empty()) RAWHAUL_TRY(StageBlock());
  file.sha256 = hash_.FinishHex();
  is_open_ = false;
  return {};
}

ByteBuffer FileWriter::Pack(std::string_view text) {
  ByteBuffer packed;
  compressor_->Compress(text, packed);
  return packed;
}

Status FileWriter::WriteText(std::string_view text) {
  return text.empty() ? Status() : Write(FileBytes(Pack(text)));
}

Status FileWriter::Write(FileBytes packed) {
  hash_.Update(packed.view());
  files_.back().file.bytes += packed.view().size();
  bytes_in_block_ += packed.view().size();
  block_.push_back(std::move(packed));
  return bytes_in_block_ < block_bytes_ ? Status() : StageBlock();
}

Status FileWriter::StageBlock() {
  StagedFile& staged = files_.back();
  if (staged.blocks == kMaxBlocksPerBlob) {
    return Fail(ErrorCode::kTooLarge, "a file of more than 50,000 blocks: ask for a smaller maxFileBytes");
  }
  bytes_in_block_ = 0;
  return uploader_.Stage(staged.blob, staged.blocks++, std::exchange(block_, {}));
}

}  // namespace rawhaul
