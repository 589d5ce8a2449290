from gemmule_config import main

if __name__ == "__main__":
    main()
