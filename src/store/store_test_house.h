// What tests of the store stand on: a database in a folder of its own.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "hearth/conversations.h"
#include "store/sqlite.h"
#include "support/temporary_folder.h"

namespace hearth::testing {

class StoreHouse : public ::testing::Test {
 protected:
  std::string path() const { return (folder_.path() / "hearth.db").string(); }
  ConversationStore& store() {
    if (store_ == nullptr) store_ = ConversationStore::open(path());
    return *store_;
  }
  void reopen() {
    store_.reset();
    store();
  }

  Conversation conversation(const std::string& title = {}, const std::string& owner = {}) {
    Conversation made;
    made.title = title;
    made.title_is_automatic = title.empty();
    return store().create(owner, made);
  }
  static StoredMessage message(const std::string& role, const std::string& content, const std::string& parent = {},
                               const std::string& id = {}) {
    StoredMessage made;
    made.id = id;
    made.role = role;
    made.content = content;
    made.parent_id = parent;
    return made;
  }
  StoredMessage add(const std::string& conversation, const std::string& role, const std::string& content,
                    const std::string& parent = {}) {
    return store().add("", conversation, {message(role, content, parent)}).front();
  }
  std::vector<std::string> shown(const std::string& conversation) {
    std::vector<std::string> texts;
    for (const StoredMessage& each : store().path("", conversation)) texts.push_back(each.content);
    return texts;
  }
  std::vector<std::string> titles(const ConversationFilter& filter, const std::string& owner = {}) {
    std::vector<std::string> found;
    for (const Conversation& each : store().list(owner, filter).conversations) found.push_back(each.title);
    return found;
  }
  static std::string integrity(const std::string& path) {
    Database database(path);
    Statement check(database, "PRAGMA integrity_check");
    return check.step() ? check.text(0) : "nothing";
  }

  TemporaryFolder folder_;
  std::shared_ptr<ConversationStore> store_;
};

/// The code of the error that `call` ends with, or nothing.
template <typename Call>
std::optional<ErrorCode> error_of(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return error.code();
  }
  return std::nullopt;
}

}  // namespace hearth::testing
