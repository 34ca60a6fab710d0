#include "hub/download/hub_api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hearth/error.h"
#include "support/hub_server.h"

namespace hearth {
namespace {

using hearth::testing::Faults;
using hearth::testing::HubServer;
using ::testing::HasSubstr;

class HubApi : public ::testing::Test {
 protected:
  void SetUp() override {
    server_.add("a/b", "m.gguf", "weights");
    server_.add("a/b", "config.json", "{}", false);
    hub_.endpoint = server_.address();
    hub_.retry.first_wait = std::chrono::milliseconds(1);
    hub_.retry.attempts = 3;
  }
  /// Message and hint of what goes wrong.
  std::string problem(const std::string& repository = "a/b", const std::string& revision = "main") {
    try {
      list_repository(hub_, repository, revision);
      return "";
    } catch (const Error& error) {
      return error.message() + " | " + error.hint();
    }
  }
  HubServer server_;
  HubConnection hub_;
};

TEST_F(HubApi, ListsFilesWithTheirHashes) {
  const HubListing listing = list_repository(hub_, "a/b", "main");
  EXPECT_EQ(listing.commit, server_.commit("a/b"));
  EXPECT_EQ(listing.license, "apache-2.0");
  ASSERT_EQ(listing.files.size(), 2U);
  EXPECT_EQ(listing.files[0].name, "config.json");
  // printf '{}' | git hash-object --stdin
  EXPECT_EQ(listing.files[0].id, "9e26dfeeb6e641a33dae4961196235bdb965b21b");
  EXPECT_EQ(listing.files[0].size, 2U);
  // printf weights | sha256sum
  EXPECT_EQ(listing.files[1].id, "9a129038d9a00aed0cf6a7ea059ca50a813449061ab87848cf1a13eafdf33b2c");
}

TEST_F(HubApi, SaysWhatIsWrongAndWhatToDo) {
  EXPECT_THAT(problem("no/such"), HasSubstr("no such model, or it is private | look at the spelling"));
  EXPECT_THAT(problem("a/b", "v9"), HasSubstr("no such revision"));
  server_.require_token("a/b", "right", "GatedRepo");
  EXPECT_THAT(problem(), HasSubstr("is gated"));
  EXPECT_THAT(problem(), HasSubstr("accept it at " + server_.address() + "/a/b"));
  EXPECT_THAT(problem(), HasSubstr("HF_TOKEN"));
  server_.require_token("a/b", "right", "");
  EXPECT_THAT(problem(), HasSubstr("or it is private"));
  hub_.token = "wrong";
  EXPECT_THAT(problem(), HasSubstr("does not know the HF_TOKEN"));
  hub_.token = "right";
  EXPECT_EQ(problem(), "");
}

TEST_F(HubApi, NoErrorHoldsTheToken) {
  hub_.token = "hf_very_secret";
  for (const int status : {401, 403, 404, 429, 500}) {
    server_.set_api_faults({.status = status, .times = 99});
    EXPECT_THAT(problem(), ::testing::Not(HasSubstr("very_secret")));
  }
}

TEST_F(HubApi, TriesAgainWhatMayGoAway) {
  for (const int status : {429, 500, 502, 503}) {
    server_.set_api_faults({.status = status, .times = 2});
    EXPECT_EQ(problem(), "") << status;
    server_.forget_seen();
    server_.set_api_faults({.status = status, .times = 99});
    EXPECT_THAT(problem(), HasSubstr(std::to_string(status)));
    EXPECT_EQ(server_.seen().size(), 3U);  // bounded
  }
  server_.forget_seen();
  server_.set_api_faults({.status = 404, .times = 99});
  EXPECT_NE(problem(), "");
  EXPECT_EQ(server_.seen().size(), 1U);
}

TEST_F(HubApi, WaitsAsLongAsItIsAskedTo) {
  server_.set_api_faults({.status = 429, .times = 1, .retry_after = "1"});
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(problem(), "");
  EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(900));
  server_.set_api_faults({.status = 429, .times = 1, .retry_after = "99999"});  // nobody waits that long
  EXPECT_THAT(problem(), HasSubstr("429"));
}

TEST_F(HubApi, GivesUpSoonWhereNoServerIsReached) {
  hub_.retry.attempts = 6;
  hub_.retry.first_wait = std::chrono::milliseconds(200);  // six attempts would wait for 3.1 s or more
  const std::string impossible = "http://" + std::string(64, 'x') + ".invalid";  // no resolver is asked for that
  for (const std::string& endpoint : {std::string("http://127.0.0.1:1"), impossible}) {
    hub_.endpoint = endpoint;
    const auto start = std::chrono::steady_clock::now();
    EXPECT_THAT(problem(), HasSubstr("the hub cannot be reached"));
    const auto time = std::chrono::steady_clock::now() - start;
    EXPECT_GE(time, std::chrono::milliseconds(100)) << endpoint;  // it was tried twice
    EXPECT_LT(time, std::chrono::milliseconds(1500)) << endpoint;
  }
}

TEST_F(HubApi, WithoutANetwork) {
  hub_.endpoint = "http://127.0.0.1:1";
  EXPECT_THAT(problem(), HasSubstr("the hub cannot be reached"));
  hub_.offline = true;
  EXPECT_THAT(problem(), HasSubstr("HF_HUB_OFFLINE forbids"));
}

TEST_F(HubApi, RefusesWhatIsNoAnswer) {
  for (const char* answer :
       {"", "not json", "[]", "{}", R"({"sha": "main", "siblings": []})", R"({"sha": 1})",
        R"({"sha": "../../../x", "siblings": []})", R"({"sha": "0123456789012345678901234567890123456789"})"}) {
    server_.set_api_answer("a/b", answer);
    EXPECT_NE(problem(), "") << answer;
  }
}

TEST_F(HubApi, LeavesOutHostileFiles) {
  const std::string id = R"("blobId": "0123456789012345678901234567890123456789")";
  server_.set_api_answer("a/b", R"({"sha": "0123456789012345678901234567890123456789", "siblings": [
      {"rfilename": "../../.bashrc", "size": 1, )" +
                                    id + R"(}, {"rfilename": "/etc/passwd", "size": 1, )" + id + R"(},
      {"rfilename": "a/../../x.gguf", "size": 1, )" +
                                    id + R"(}, {"rfilename": "x\u0000.gguf", "size": 1, )" + id + R"(},
      {"rfilename": "negative.gguf", "size": -1, )" +
                                    id + R"(}, {"rfilename": "huge.gguf", "size": 9e18, )" + id + R"(},
      {"rfilename": "id.gguf", "size": 1, "blobId": "../../x"}, {"rfilename": "none.gguf"},
      {"rfilename": "lfs.gguf", "size": 1, "lfs": {"sha256": "../../../../home/x", "size": 1}},
      {"rfilename": "good.gguf", "size": 1, )" +
                                    id + "}]}");
  const HubListing listing = [&] {
    try {
      return list_repository(hub_, "a/b", "main");
    } catch (const Error& error) {
      ADD_FAILURE() << error.message();
      return HubListing();
    }
  }();
  ASSERT_EQ(listing.files.size(), 1U);
  EXPECT_EQ(listing.files[0].name, "good.gguf");
}

}  // namespace
}  // namespace hearth
