#include "store/migrations.h"

#include <thread>

#include "store/schema.h"
#include "store/sqlite_store.h"
#include "store/store_test_house.h"

namespace hearth {
namespace {

using ::testing::HasSubstr;

class Migrations : public hearth::testing::StoreHouse {
 protected:
  static Migration step(std::int64_t to, const std::string& sql) {
    return {to, [sql](Database& database) { database.run(sql); }};
  }
  static std::string value(const std::filesystem::path& path, const std::string& sql) {
    Database database(path);
    Statement statement(database, sql);
    return statement.step() ? statement.text(0) : "nothing";
  }
  std::filesystem::path backup(std::int64_t version) const { return backup_path(path(), version); }

  const std::vector<Migration> one_ = {step(1, "CREATE TABLE t (a TEXT)")};
  const std::vector<Migration> three_ = {one_[0], step(2, "ALTER TABLE t ADD COLUMN b TEXT"),
                                         step(3, "UPDATE t SET b = a || '!'")};
};

TEST_F(Migrations, RunInOrderWithACopyBeforeEach) {
  {
    Database database(path());
    migrate(database, one_);
    database.run("INSERT INTO t VALUES ('x')");
    EXPECT_FALSE(std::filesystem::exists(backup(0)));  // there was nothing to lose
    migrate(database, one_);
    EXPECT_FALSE(std::filesystem::exists(backup(1)));
    migrate(database, three_);
  }
  EXPECT_EQ(value(path(), "SELECT b FROM t"), "x!");
  EXPECT_EQ(value(path(), "PRAGMA user_version"), "3");
  EXPECT_EQ(value(backup(1), "PRAGMA user_version"), "1");
  EXPECT_EQ(value(backup(1), "SELECT a FROM t"), "x");
  EXPECT_EQ(value(backup(2), "SELECT b IS NULL FROM t"), "1");
  EXPECT_EQ(integrity(backup(2)), "ok");
  EXPECT_EQ(std::filesystem::status(backup(1)).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST_F(Migrations, AStepThatFailsChangesNothing) {
  Database database(path());
  migrate(database, one_);
  database.run("INSERT INTO t VALUES ('x')");
  const std::vector<Migration> broken = {one_[0], step(2, "DELETE FROM t; ALTER TABLE t ADD COLUMN a TEXT")};
  EXPECT_THROW(migrate(database, broken), StoreError);
  EXPECT_EQ(database.integer("SELECT count(*) FROM t"), 1);
  EXPECT_EQ(database.integer("PRAGMA user_version"), 1);
  migrate(database, three_);
  EXPECT_EQ(database.integer("PRAGMA user_version"), 3);
}

TEST_F(Migrations, ADatabaseOfANewerProgramIsLeftAlone) {
  store();
  store_.reset();
  Database(path()).run("PRAGMA user_version = 99");
  try {
    ConversationStore::open(path());
    FAIL();
  } catch (const StoreError& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
    EXPECT_THAT(error.message(), HasSubstr(path()));
    EXPECT_THAT(error.message(), HasSubstr("version 99"));
    EXPECT_THAT(error.hint(), HasSubstr("newer"));
  }
  EXPECT_EQ(value(path(), "PRAGMA user_version"), "99");
}

TEST_F(Migrations, SeveralAtOnceDoItOnce) {
  { Database(path()).run("CREATE TABLE n (x); PRAGMA user_version = 1"); }
  const std::vector<Migration> steps = {one_[0], step(2, "INSERT INTO n VALUES (1)"),
                                        step(3, "INSERT INTO n VALUES (2)")};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      Database database(path(), 20'000);
      migrate(database, steps);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(value(path(), "SELECT count(*) FROM n"), "2");
}

TEST_F(Migrations, TheFileIsForItsOwnerOnly) {
  store();
  EXPECT_EQ(std::filesystem::status(path()).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

}  // namespace
}  // namespace hearth
